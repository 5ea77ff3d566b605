/*
 * What files hold stands in the text that travels: `body_file` becomes `body`,
 * `ca` becomes `ca_pem`, and so on; a file of a part becomes its `text`, or
 * `base64` when it is none.  After this nothing of a check names a file.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/conf.h"
#include "base/file.h"
#include "base/str.h"
#include "checks/compile.h"
#include "checks/merge.h"

#define FILE_MAX ((size_t)256 * 1024) /* each; travels with the check */

/* From beside the file that names it; -1 after saying why not. */
static int
read_file(struct compile_job *job, const struct conf *from, struct buf *out)
{
    const char *slash = strrchr(from->value.file, '/');
    size_t dir = slash && from->text[0] != '/'
                     ? (size_t)(slash - from->value.file) + 1
                     : 0;
    char *path = str_xprintf("%.*s%s", (int)dir, from->value.file, from->text);
    int rc = -1;

    if (!job->env->is_local)
        compile_wrong(job, from->value, NULL, "a file does not travel: `%s`",
                      from->name);
    else if (strstr(from->text, "${"))
        compile_wrong(job, from->value, "write the name of a file",
                      "`%s` is read before any run: no reference has a value",
                      from->name);
    else if (file_read(path, out) != 0)
        compile_wrong(job, from->value, NULL, "cannot read `%s`: %s", path,
                      errno == EFBIG ? "it is over 256 KiB" : strerror(errno));
    else
        rc = 0;
    free(path);
    return rc;
}

static bool
is_text(const struct buf *bytes)
{
    return strlen(buf_text(bytes)) == bytes->len &&
           str_is_utf8(buf_text(bytes), bytes->len);
}

static void
take_file(struct compile_job *job, enum spec_key file, enum spec_key text)
{
    const struct conf *from = job->merge->value[file].from;
    struct merge_value *to = &job->merge->value[text];
    struct buf bytes;

    if (!from)
        return;
    buf_init(&bytes, FILE_MAX);
    if (read_file(job, from, &bytes) == 0) {
        if (!is_text(&bytes))
            compile_wrong(job, from->value, NULL, "`%s` is no UTF-8 text",
                          from->text);
        *to = (struct merge_value){.from = from,
                                   .is_own = job->merge->value[file].is_own,
                                   .text = str_xdup(buf_text(&bytes))};
    }
    job->merge->value[file] = (struct merge_value){0};
    buf_free(&bytes);
}

/* ---- parts ---- */

static struct conf *
add_member(struct merge *merge, struct conf *group, const char *name,
           const struct conf *at)
{
    struct conf *made = merge_make(merge, at);
    struct conf **tail = &group->first;

    while (*tail)
        tail = &(*tail)->next;
    *tail = made;
    made->name = name;
    made->type = CONF_STRING;
    made->parent = group;
    group->count++;
    return made;
}

/* The same part without a file: its content, its name and its type. */
static struct conf *
make_part(struct compile_job *job, const struct conf *part)
{
    const struct conf *file = conf_find(part, "file");
    const char *slash = strrchr(file->text, '/');
    struct conf *made = merge_make(job->merge, part);
    struct conf *content;
    struct buf bytes;

    made->type = CONF_GROUP;
    buf_init(&bytes, FILE_MAX);
    if (read_file(job, file, &bytes) == 0) {
        content = add_member(job->merge, made,
                             is_text(&bytes) ? "text" : "base64", file);
        content->text = merge_keep(
            job->merge, is_text(&bytes) ? str_xdup(buf_text(&bytes))
                                        : str_base64(bytes.data, bytes.len));
    }
    buf_free(&bytes);
    if (!conf_find(part, "name"))
        add_member(job->merge, made, "name", file)->text =
            slash ? slash + 1 : file->text;
    for (const struct conf *n = part->first; n; n = n->next)
        if (n != file)
            add_member(job->merge, made, n->name, n)->text = n->text;
    return made;
}

/* What only a file has. */
static void
check_plain(struct compile_job *job, const struct conf *part)
{
    static const char *const of_files[] = {"name", "type"};

    if (!conf_find(part, "value"))
        return;
    for (size_t i = 0; i < sizeof(of_files) / sizeof(of_files[0]); i++) {
        const struct conf *n = conf_find(part, of_files[i]);

        if (n)
            compile_wrong(job, n->pos, "take it out, or write `text`",
                          "`%s` is of a file, and `value` makes none", n->name);
    }
}

static void
check_part(struct compile_job *job, const struct conf *part)
{
    static const char *const contents[] = {"file", "text", "base64", "value"};
    const struct conf *first = NULL;

    for (size_t i = 0; i < sizeof(contents) / sizeof(contents[0]); i++) {
        const struct conf *n = conf_find(part, contents[i]);

        if (n && first)
            compile_wrong(job, n->pos, "take one of them out",
                          "the part `%s` has `%s` already", part->name,
                          first->name);
        first = n ? n : first;
    }
    check_plain(job, part);
    if (!first)
        compile_wrong(job, part->pos, "write file = \"logo.png\";",
                      "the part `%s` has no content", part->name);
}

static void
take_parts(struct compile_job *job)
{
    struct merge_value *v = &job->merge->value[SPEC_KEY_MULTIPART];
    struct conf *made;
    struct conf **tail;

    if (!v->from)
        return;
    made = merge_make(job->merge, v->from);
    tail = &made->first;
    for (const struct conf *n = v->from->first; n; n = n->next) {
        bool is_file = n->type == CONF_GROUP && conf_find(n, "file");

        if (n->type == CONF_GROUP)
            check_part(job, n);
        if (is_file) {
            *tail = make_part(job, n);
        } else {
            *tail = merge_make(job->merge, n);
            **tail = *n;
            (*tail)->next = NULL;
        }
        (*tail)->parent = made;
        tail = &(*tail)->next;
        made->count++;
    }
    v->from = made;
}

void
compile_files(struct compile_job *job)
{
    static const enum spec_key files[][2] = {
        {SPEC_KEY_BODY_FILE, SPEC_KEY_BODY},
        {SPEC_KEY_JSON_FILE, SPEC_KEY_JSON},
        {SPEC_KEY_CA, SPEC_KEY_CA_PEM},
        {SPEC_KEY_CERT, SPEC_KEY_CERT_PEM},
    };

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        take_file(job, files[i][0], files[i][1]);
    take_parts(job);
    compile_json_group(job);
}
