/*
 * Each file is read for itself: text -> tokens (conf_lex) -> mended text and
 * the places of all values (conf_grammar) -> libconfig -> tree.  libconfig's
 * tree and the list of places are in the same order, so the two are walked
 * side by side; that they agree is checked, not believed.
 *
 * A file is known by device and inode: reached twice, it is read once; reached
 * while its own includes are being read, it includes itself.
 */
#include "base/conf.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <glob.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/conf_grammar.h"
#include "base/conf_lex.h"
#include "base/conf_write.h"
#include "base/file.h"
#include "base/str.h"

#define FILE_MAX     ((size_t)16 * 1024 * 1024) /* bytes of one file */
#define FILES_MAX    4096                       /* of one configuration */
#define INCLUDES_MAX 10                         /* one inside the other */
#define BLOCK_BYTES  65536
#define SUFFIX       ".conf"

/* Nodes and texts live as long as the set, so they are carved from blocks. */
struct block {
    struct block *next;
    size_t used;
    size_t size;
    max_align_t data[];
};

struct conf_file {
    char *name;
    char *text;
    size_t len;
    dev_t dev;
    ino_t ino;
    bool is_on_disk;
    bool is_open; /* its includes are being read */
    struct conf *root;
};

struct conf_set {
    struct conf_file **files;
    size_t count;
    struct block *blocks;
    int depth; /* of includes */
};

/* What load passes down. */
struct walk {
    struct conf_set *set;
    struct conf_file *file;
    const struct conf_write *written;
    size_t at; /* place */
};

struct conf_set *
conf_set_create(void)
{
    return str_xcalloc(1, sizeof(struct conf_set));
}

void
conf_set_free(struct conf_set *set)
{
    if (!set)
        return;
    for (size_t i = 0; i < set->count; i++) {
        free(set->files[i]->name);
        free(set->files[i]->text);
        free(set->files[i]);
    }
    while (set->blocks) {
        struct block *next = set->blocks->next;

        free(set->blocks);
        set->blocks = next;
    }
    free(set->files);
    free(set);
}

static void *
carve(struct conf_set *set, size_t size)
{
    size_t align = sizeof(max_align_t);
    struct block *block = set->blocks;
    void *p;

    size = (size + align - 1) / align * align;
    if (!block || block->size - block->used < size) {
        size_t bytes = size > BLOCK_BYTES ? size : BLOCK_BYTES;

        block = str_xcalloc(1, sizeof(*block) + bytes);
        block->size = bytes;
        block->next = set->blocks;
        set->blocks = block;
    }
    p = &block->data[block->used / align];
    block->used += size;
    return p;
}

static const char *
carve_text(struct conf_set *set, const char *text, size_t len)
{
    char *copy = carve(set, len + 1);

    if (len > 0)
        memcpy(copy, text, len);
    copy[len] = 0;
    return copy;
}

/* ---- the tree ---- */

static enum conf_type
type_of(const config_setting_t *setting)
{
    switch (config_setting_type(setting)) {
    case CONFIG_TYPE_INT:
    case CONFIG_TYPE_INT64:
        return CONF_INT;
    case CONFIG_TYPE_FLOAT:
        return CONF_FLOAT;
    case CONFIG_TYPE_STRING:
        return CONF_STRING;
    case CONFIG_TYPE_BOOL:
        return CONF_BOOL;
    case CONFIG_TYPE_ARRAY:
        return CONF_ARRAY;
    case CONFIG_TYPE_LIST:
        return CONF_LIST;
    default: /* an int of libconfig's, no enum */
        return CONF_GROUP;
    }
}

/* Thousandths; what does not fit is the largest there is. */
static int64_t
milli(const char *text, double value)
{
    int64_t out;

    if (str_parse_milli(text, &out) == 0)
        return out;
    if (value > 9e15)
        return INT64_MAX;
    if (!(value > -9e15))
        return INT64_MIN;
    return (int64_t)(value * 1000.0);
}

static void
set_scalar(struct conf_set *set, struct conf *node,
           const config_setting_t *setting)
{
    const char *text;

    node->text = carve_text(set, node->raw, node->raw_len);
    switch (node->type) {
    case CONF_STRING:
        text = config_setting_get_string(setting);
        node->text = carve_text(set, text ? text : "", text ? strlen(text) : 0);
        break;
    case CONF_INT:
        node->num = config_setting_get_int64(setting);
        break;
    case CONF_FLOAT:
        node->num = milli(node->text, config_setting_get_float(setting));
        break;
    case CONF_BOOL:
        node->num = config_setting_get_bool(setting) ? 1 : 0;
        break;
    case CONF_GROUP:
    case CONF_ARRAY:
    case CONF_LIST:
        break;
    }
}

static void build(struct walk *w, struct conf *node, config_setting_t *setting);

static struct conf *
build_child(struct walk *w, struct conf *parent, config_setting_t *setting)
{
    struct conf *node = carve(w->set, sizeof(*node));
    const char *name = config_setting_name(setting);
    const struct conf_write_place *place;

    assert(w->at < w->written->count);
    place = &w->written->places[w->at++];
    *node = (struct conf){
        .type = type_of(setting),
        .name = name ? carve_text(w->set, name, strlen(name)) : NULL,
        .parent = parent,
        .pos = place->pos,
        .value = place->value,
        .raw = place->raw,
        .raw_len = place->raw_len,
    };
    build(w, node, setting);
    return node;
}

static void
build(struct walk *w, struct conf *node, config_setting_t *setting)
{
    struct conf **tail = &node->first;
    int count;

    if (node->type != CONF_GROUP && node->type != CONF_ARRAY &&
        node->type != CONF_LIST) {
        set_scalar(w->set, node, setting);
        return;
    }
    count = config_setting_length(setting);
    for (int i = 0; i < count; i++) {
        *tail =
            build_child(w, node, config_setting_get_elem(setting, (unsigned)i));
        tail = &(*tail)->next;
        node->count++;
    }
}

/* What the grammar let pass and libconfig does not take is a fault of ours;
 * it is reported with libconfig's words. */
static void
read_tree(struct conf_set *set, struct conf_file *file,
          const struct conf_write *written, struct diag *diag)
{
    struct walk w = {set, file, written, 0};
    config_t config;

    config_init(&config);
    if (written->text.failed ||
        config_read_string(&config, buf_text(&written->text)) != CONFIG_TRUE) {
        struct diag_pos pos = {file->name, config_error_line(&config), 1, 1};

        diag_add(diag, DIAG_ERROR, pos, NULL, "not understood: %s",
                 config_error_text(&config) ? config_error_text(&config)
                                            : "too large");
    } else {
        build(&w, file->root, config_root_setting(&config));
        assert(w.at == written->count);
    }
    config_destroy(&config);
}

/* `{` or `[` begins no setting; `:` is a `=` to the lexer. */
static bool
is_json(const struct conf_lex *lex)
{
    const struct conf_lex_token *t = lex->tokens;

    if (t[0].type != CONF_LEX_PUNCT)
        return false;
    if (t[0].punct == '[')
        return true;
    return t[0].punct == '{' && lex->count > 2 &&
           t[1].type == CONF_LEX_STRING && t[2].punct == '=';
}

static void
parse_file(struct conf_set *set, struct conf_file *file, struct diag *diag)
{
    struct conf_lex lex;
    struct conf_write written;

    file->root = carve(set, sizeof(*file->root));
    *file->root = (struct conf){
        .type = CONF_GROUP,
        .pos = {file->name, 1, 1, 1},
        .value = {file->name, 1, 1, 1},
        .raw = "",
    };
    diag_source(diag, file->name, file->text, file->len);
    if (conf_lex_parse(&lex, file->name, file->text, file->len, diag))
        return;
    if (is_json(&lex)) {
        diag_add(diag, DIAG_ERROR, lex.tokens[0].pos,
                 "write picket = 1; checks = { home = { http = "
                 "\"https://HOST/\"; }; };",
                 "this is JSON; a configuration is NAME = VALUE; with groups "
                 "in braces");
        conf_lex_free(&lex);
        return;
    }
    conf_grammar_parse(&lex, &written, diag);
    read_tree(set, file, &written, diag);
    conf_write_close(&written);
    conf_lex_free(&lex);
}

/* ---- files ---- */

static struct conf_file *
add_file(struct conf_set *set, const char *name)
{
    struct conf_file *file = str_xcalloc(1, sizeof(*file));
    size_t size = (set->count + 1) * sizeof(set->files[0]);

    set->files = str_xrealloc(set->files, size);
    set->files[set->count++] = file;
    file->name = str_xdup(name);
    return file;
}

static struct conf_file *
find_file(const struct conf_set *set, const struct stat *st)
{
    for (size_t i = 0; i < set->count; i++) {
        struct conf_file *file = set->files[i];

        if (file->is_on_disk && file->dev == st->st_dev &&
            file->ino == st->st_ino)
            return file;
    }
    return NULL;
}

static int load_path(struct conf_set *set, const char *path,
                     struct diag_pos from, struct diag *diag);

/* `pattern` as seen from the folder of `file`. */
static char *
beside(const struct conf_file *file, const char *pattern)
{
    const char *slash = strrchr(file->name, '/');
    char *dir;
    char *path;

    if (!slash || pattern[0] == '/')
        return str_xdup(pattern);
    dir = str_xndup(file->name, (size_t)(slash - file->name));
    path = str_xprintf("%s/%s", dir, pattern);
    free(dir);
    return path;
}

static void
include_one(struct conf_set *set, const struct conf_file *file,
            const struct conf *node, struct diag *diag)
{
    glob_t found = {0};
    char *pattern;

    if (node->type != CONF_STRING) {
        diag_add(diag, DIAG_ERROR, node->value,
                 "write include = [ \"checks/*.conf\" ];",
                 "`include` takes the names of files");
        return;
    }
    pattern = beside(file, node->text);
    if (glob(pattern, GLOB_ERR, NULL, &found) != 0) {
        enum diag_level level =
            strpbrk(node->text, "*?[") ? DIAG_WARNING : DIAG_ERROR;

        diag_add(diag, level, node->value, NULL, "there is no file `%s`",
                 pattern);
    }
    for (size_t i = 0; i < found.gl_pathc; i++)
        (void)load_path(set, found.gl_pathv[i], node->value, diag);
    globfree(&found);
    free(pattern);
}

static void
include_all(struct conf_set *set, struct conf_file *file, struct diag *diag)
{
    const struct conf *include = conf_find(file->root, "include");

    if (!include)
        return;
    if (include->type != CONF_ARRAY) {
        include_one(set, file, include, diag);
        return;
    }
    for (const struct conf *n = include->first; n; n = n->next)
        include_one(set, file, n, diag);
}

static int
read_file(struct conf_file *file, struct diag_pos from, struct diag *diag)
{
    struct buf text;

    buf_init(&text, FILE_MAX);
    if (file_read(file->name, &text) != 0) {
        diag_add(diag, DIAG_ERROR, from, NULL, "cannot read `%s`: %s",
                 file->name, strerror(errno));
        buf_free(&text);
        file->text = str_xdup("");
        return -1;
    }
    file->text = str_xndup(buf_text(&text), text.len);
    file->len = text.len;
    buf_free(&text);
    return 0;
}

static int
load_file(struct conf_set *set, const char *path, const struct stat *st,
          struct diag_pos from, struct diag *diag)
{
    struct conf_file *file = find_file(set, st);

    if (file) {
        if (file->is_open)
            diag_add(diag, DIAG_ERROR, from, "take one of the two out",
                     "`%s` includes itself on this way", file->name);
        return 0;
    }
    if (set->count == FILES_MAX || set->depth == INCLUDES_MAX) {
        diag_add(diag, DIAG_ERROR, from, NULL,
                 "`%s` is one too many: at most %d files, %d deep", path,
                 FILES_MAX, INCLUDES_MAX);
        return -1;
    }
    file = add_file(set, path);
    file->is_on_disk = true;
    file->dev = st->st_dev;
    file->ino = st->st_ino;
    if (read_file(file, from, diag) != 0) {
        parse_file(set, file, diag);
        return -1;
    }
    parse_file(set, file, diag);
    file->is_open = true;
    set->depth++;
    include_all(set, file, diag);
    set->depth--;
    file->is_open = false;
    return 0;
}

static int
is_conf(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && str_ends(entry->d_name, SUFFIX);
}

/* In the order of bytes, which is the same everywhere. */
static int
by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int
load_dir(struct conf_set *set, const char *path, struct diag_pos from,
         struct diag *diag)
{
    struct dirent **entries = NULL;
    int count = scandir(path, &entries, is_conf, by_bytes);
    size_t len = strlen(path);
    int loaded = -1;

    if (count <= 0)
        diag_add(diag, DIAG_ERROR, from, NULL, "there is no *%s in `%s`",
                 SUFFIX, path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    for (int i = 0; i < count; i++) {
        char *file = str_xprintf("%.*s/%s", (int)len, path, entries[i]->d_name);

        if (load_path(set, file, from, diag) == 0)
            loaded = 0;
        free(file);
        free(entries[i]);
    }
    free(entries);
    return loaded;
}

static int
load_path(struct conf_set *set, const char *path, struct diag_pos from,
          struct diag *diag)
{
    struct stat st;

    if (stat(path, &st) != 0) {
        diag_add(diag, DIAG_ERROR, from, NULL, "cannot read `%s`: %s", path,
                 strerror(errno));
        return -1;
    }
    if (S_ISDIR(st.st_mode) && !from.file)
        return load_dir(set, path, from, diag);
    if (!S_ISREG(st.st_mode)) {
        diag_add(diag, DIAG_ERROR, from, NULL, "`%s` is not a file", path);
        return -1;
    }
    return load_file(set, path, &st, from, diag);
}

int
conf_load(struct conf_set *set, const char *path, struct diag *diag)
{
    return load_path(set, path, (struct diag_pos){0}, diag);
}

int
conf_load_text(struct conf_set *set, const char *name, const char *text,
               size_t len, struct diag *diag)
{
    struct conf_file *file = add_file(set, name);
    const struct conf *include;

    file->text = str_xndup(text, len);
    file->len = len;
    parse_file(set, file, diag);
    include = conf_find(file->root, "include");
    if (include)
        diag_add(diag, DIAG_ERROR, include->pos, NULL,
                 "`include` works in files only");
    return 0;
}

/* ---- reading it ---- */

size_t
conf_root_count(const struct conf_set *set)
{
    return set->count;
}

const struct conf *
conf_root(const struct conf_set *set, size_t index)
{
    assert(index < set->count);
    return set->files[index]->root;
}
