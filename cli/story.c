/*
 * story.c - see story.h.
 *
 * A voice is one check from one region, and what it said last.  A change is
 * told by what it means beside the others of its check:
 *
 *     the first that fails      suspected   nobody else says so yet
 *     the next that fails       confirmed   by one more region
 *     one that failed and works recovered
 *
 * The verdict is the controller's and has a line of its own.
 */
#include "cli/story.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/str.h"
#include "base/units.h"
#include "cli/paint.h"

#define LINE_MAX_BYTES 65536
#define WORD_WIDTH     10 /* of the second column */
#define NAME_WIDTH_MAX 24

struct voice {
    char *check, *region;
    enum status last;
    bool has_verdict; /* one of its check was told */
};

struct story {
    struct story_opts opts;
    struct paint paint;
    struct voice *voices;
    size_t voice_count, untold;
    bool all_heard;
    wall_t began;
    uint64_t results, changes, pages;
};

struct story *
story_create(const struct story_opts *opts)
{
    struct story *story = str_xcalloc(1, sizeof *story);
    story->opts = *opts;
    story->paint = *opts->paint;
    if (story->opts.name_width > NAME_WIDTH_MAX)
        story->opts.name_width = NAME_WIDTH_MAX;
    story->voices = str_xcalloc(STORY_VOICES_MAX, sizeof *story->voices);
    return story;
}

void
story_free(struct story *story)
{
    if (story == NULL)
        return;
    for (size_t i = 0; i < story->voice_count; i++) {
        free(story->voices[i].check);
        free(story->voices[i].region);
    }
    free(story->voices);
    free(story);
}

/* ---- lines ---- */

static void
add_clock(struct story *story, struct buf *out, wall_t at)
{
    struct units_date date = units_date(at);
    char text[16];
    snprintf(text, sizeof text, "%02d:%02d:%02d", date.hour % 100,
             date.minute % 100, date.second % 100);
    if (story->began.ms == 0)
        story->began = at;
    paint_add(out, &story->paint, PAINT_DIM, text);
    buf_add_str(out, "  ");
}

static void
add_padded(struct buf *out, const char *text, size_t width)
{
    buf_add_str(out, text);
    for (size_t i = strlen(text); i < width; i++)
        buf_add_char(out, ' ');
    buf_add_str(out, "  ");
}

static void
add_word(struct story *story, struct buf *out, enum paint_tone tone,
         const char *word)
{
    paint_add(out, &story->paint, tone, word);
    add_padded(out, "",
               strlen(word) < WORD_WIDTH ? WORD_WIDTH - strlen(word) : 0);
}

static void
print(const struct story *story, struct buf *line)
{
    buf_add_char(line, '\n');
    fputs(buf_text(line), story->opts.out);
    fflush(story->opts.out);
    buf_free(line);
}

struct line {
    wall_t at;
    enum paint_tone tone;
    const char *word, *name, *text;
};

static void
tell(struct story *story, const struct line *line)
{
    struct buf out;
    buf_init(&out, LINE_MAX_BYTES);
    add_clock(story, &out, line->at);
    add_word(story, &out, line->tone, line->word);
    if (line->name != NULL)
        add_padded(&out, line->name, story->opts.name_width);
    buf_add_str(&out, line->text);
    print(story, &out);
}

/* ---- results ---- */

static struct voice *
find(const struct story *story, const char *check, const char *region)
{
    for (size_t i = 0; i < story->voice_count; i++) {
        struct voice *voice = &story->voices[i];
        if (str_eq(voice->check, check) && str_eq(voice->region, region))
            return voice;
    }
    return NULL;
}

static size_t
failing(const struct story *story, const char *check)
{
    size_t count = 0;
    for (size_t i = 0; i < story->voice_count; i++) {
        if (story->voices[i].last == STATUS_DOWN &&
            str_eq(story->voices[i].check, check))
            count++;
    }
    return count;
}

static const char *
word_of(enum status status)
{
    switch (status) {
    case STATUS_UP:
        return "up";
    case STATUS_DEGRADED:
        return "degraded";
    case STATUS_DOWN:
        return "down";
    case STATUS_ERROR:
        return "error";
    }
    return "";
}

static enum paint_tone
tone_of(enum status status)
{
    switch (status) {
    case STATUS_UP:
        return PAINT_GOOD;
    case STATUS_DEGRADED:
    case STATUS_ERROR:
        return PAINT_WARN;
    case STATUS_DOWN:
        return PAINT_BAD;
    }
    return PAINT_DIM;
}

/* "fra: expect.status: status == 200: got 503", or how long it took. */
static char *
said(const char *region, const struct result *result)
{
    char took[UNITS_TEXT_MAX] = "-";
    if (result->reason != REASON_NONE)
        return str_xprintf("%-5s %s: %s", region, reason_name(result->reason),
                           result->message ? result->message
                                           : reason_text(result->reason));
    if (result->us[PHASE_TOTAL] >= 0)
        units_show_duration(took, result->us[PHASE_TOTAL] * NS_PER_US);
    return str_xprintf("%-5s %s", region, took);
}

static void
tell_first(struct story *story, wall_t at, const char *region,
           const struct result *result)
{
    char *text = said(region, result);
    struct line line = {at, tone_of(result->status), word_of(result->status),
                        result->check, text};
    tell(story, &line);
    free(text);
    if (story->all_heard || story->voice_count < story->opts.voices)
        return;
    story->all_heard = true;
    line = (struct line){at, PAINT_DIM, "ready", NULL,
                         "every check has reported from every region; from "
                         "here on only what changes"};
    tell(story, &line);
}

static void
tell_change(struct story *story, wall_t at, const struct voice *voice,
            const struct result *result)
{
    struct line line = {.at = at,
                        .tone = tone_of(result->status),
                        .word = word_of(result->status),
                        .name = result->check};
    if (result->status == STATUS_DOWN) {
        bool is_alone = failing(story, result->check) == 0;
        line.word = is_alone ? "suspected" : "confirmed";
        line.tone = is_alone ? PAINT_WARN : PAINT_BAD;
    } else if (voice->last == STATUS_DOWN && result->status == STATUS_UP) {
        line.word = "recovered";
    }
    char *text = said(voice->region, result);
    line.text = text;
    tell(story, &line);
    free(text);
    story->changes++;
}

void
story_on_result(struct story *story, wall_t at, const char *region,
                const struct result *result)
{
    struct voice *voice = find(story, result->check, region);
    story->results++;
    if (voice == NULL && story->voice_count == STORY_VOICES_MAX) {
        story->untold++;
        return;
    }
    if (voice == NULL) {
        voice = &story->voices[story->voice_count++];
        voice->check = str_xdup(result->check);
        voice->region = str_xdup(region);
        voice->last = result->status;
        tell_first(story, at, region, result);
        return;
    }
    if (voice->last != result->status)
        tell_change(story, at, voice, result);
    voice->last = result->status;
}

/* ---- verdicts, pages, words ---- */

static enum paint_tone
tone_of_verdict(enum verdict verdict)
{
    switch (verdict) {
    case VERDICT_UP:
        return PAINT_GOOD;
    case VERDICT_DOWN:
        return PAINT_BAD;
    case VERDICT_DEGRADED:
    case VERDICT_PARTIAL:
        return PAINT_WARN;
    case VERDICT_UNKNOWN:
    case VERDICT_PAUSED:
        return PAINT_DIM;
    }
    return PAINT_DIM;
}

/* The regions whose newest run failed, "fra, iad and sin"; caller frees. */
static char *
who_fails(const struct story *story, const char *check)
{
    struct buf out;
    size_t count = failing(story, check), nth = 0;
    buf_init(&out, LINE_MAX_BYTES);
    for (size_t i = 0; i < story->voice_count; i++) {
        const struct voice *voice = &story->voices[i];
        if (voice->last != STATUS_DOWN || !str_eq(voice->check, check))
            continue;
        nth++;
        if (nth > 1)
            buf_add_str(&out, nth == count ? " and " : ", ");
        buf_add_str(&out, voice->region);
    }
    char *text = str_xdup(buf_text(&out));
    buf_free(&out);
    return text;
}

/* Was a verdict of this check told?  From now on it was. */
static bool
take_first(struct story *story, const char *check)
{
    bool was_told = true;
    for (size_t i = 0; i < story->voice_count; i++) {
        struct voice *voice = &story->voices[i];
        if (!str_eq(voice->check, check))
            continue;
        was_told = was_told && voice->has_verdict;
        voice->has_verdict = true;
    }
    return !was_told;
}

void
story_on_verdict(struct story *story, wall_t at, const char *check,
                 enum verdict from, enum verdict to)
{
    char word[16];
    /* The first verdict says nothing that the first results did not. */
    if (take_first(story, check) && from == VERDICT_UNKNOWN && to == VERDICT_UP)
        return;
    str_copy(word, sizeof word, verdict_name(to));
    for (char *c = word; *c != '\0'; c++)
        *c = (char)(*c >= 'a' && *c <= 'z' ? *c - 'a' + 'A' : *c);
    char *who = who_fails(story, check);
    char *text = *who != '\0' ? str_xprintf("was %s; failing: %s",
                                            verdict_name(from), who)
                              : str_xprintf("was %s", verdict_name(from));
    struct line line = {at, tone_of_verdict(to), word, check, text};
    tell(story, &line);
    free(text);
    free(who);
    story->changes++;
}

void
story_on_component(struct story *story, wall_t at, const char *name,
                   const char *from, const char *to)
{
    char *text = str_xprintf("status page: %s: %s, was %s", name, to, from);
    story_on_word(story, at, "public", text);
    free(text);
}

void
story_on_word(struct story *story, wall_t at, const char *who, const char *text)
{
    struct line line = {at, PAINT_BOLD, who, NULL, text};
    tell(story, &line);
}

void
story_on_page(struct story *story, wall_t at, const char *text)
{
    bool is_good = str_starts(text, "RESOLVED");
    enum paint_tone tone = is_good ? PAINT_GOOD : PAINT_BAD;
    const char *bar = story->paint.blocks ? "\xe2\x94\x83 " : "| ";
    struct buf out;
    buf_init(&out, LINE_MAX_BYTES);
    story->pages++;
    buf_add_char(&out, '\n');
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        char *line = str_xndup(text, len);
        bool is_first = out.len == 1;
        buf_add_str(&out, "  ");
        paint_add(&out, &story->paint, tone, bar);
        if (is_first) {
            add_clock(story, &out, at);
            paint_add(&out, &story->paint, tone, line);
        } else {
            buf_add_str(&out, line);
        }
        buf_add_char(&out, '\n');
        free(line);
        text += len + (text[len] == '\n' ? 1 : 0);
    }
    print(story, &out);
}

static const char *
plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

void
story_end(struct story *story, wall_t at)
{
    char span[UNITS_TEXT_MAX];
    int64_t ms = story->began.ms == 0 ? 0 : at.ms - story->began.ms;
    char *text =
        str_xprintf("after %s: %llu result%s, %llu change%s, %llu page%s",
                    units_show_duration(span, ms * NS_PER_MS),
                    (unsigned long long)story->results, plural(story->results),
                    (unsigned long long)story->changes, plural(story->changes),
                    (unsigned long long)story->pages, plural(story->pages));
    struct line line = {at, PAINT_BOLD, "ended", NULL, text};
    tell(story, &line);
    free(text);
}
