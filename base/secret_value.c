/*
 * A value's memory.  A machine whose RLIMIT_MEMLOCK is small gets unlocked
 * memory rather than no monitoring; core files leave it out either way.
 */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/secret_priv.h"
#include "base/str.h"

int
secret_refuse(struct secret_why why, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    (void)vsnprintf(why.text, why.cap, format, args);
    va_end(args);
    return -1;
}

void
secret_guard(void)
{
    static const struct rlimit none = {0, 0};

    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    (void)setrlimit(RLIMIT_CORE, &none);
}

static size_t
pages(size_t bytes)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);

    return (bytes + page - 1) / page * page;
}

struct secret_value *
secret_value_create(void)
{
    const size_t size =
        pages(sizeof(struct secret_value) + SECRET_VALUE_MAX + 2);
    struct secret_value *value = mmap(NULL, size, PROT_READ | PROT_WRITE,
                                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (value == MAP_FAILED)
        return NULL;
    (void)madvise(value, size, MADV_DONTDUMP);
    (void)madvise(value, size, MADV_WIPEONFORK);
    (void)mlock(value, size);
    atomic_init(&value->refs, 1);
    value->mapped = size;
    return value;
}

struct secret_value *
secret_value_ref(struct secret_value *value)
{
    (void)atomic_fetch_add(&value->refs, 1);
    return value;
}

void
secret_value_free(struct secret_value *value)
{
    size_t size;

    if (value == NULL || atomic_fetch_sub(&value->refs, 1) != 1)
        return;
    size = value->mapped;
    explicit_bzero(value, size);
    (void)munmap(value, size);
}

const char *
secret_value_text(const struct secret_value *value)
{
    return value->text;
}

size_t
secret_value_len(const struct secret_value *value)
{
    return value->len;
}

bool
secret_value_eq(const struct secret_value *a, const struct secret_value *b)
{
    if (a == NULL || b == NULL)
        return a == b;
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}

/* Most values need the first page alone. */
static void
give_back(struct secret_value *value)
{
    size_t kept = pages(sizeof(*value) + value->len + 1);
    char *rest = (char *)value + kept;
    size_t len = value->mapped - kept;

    if (len == 0)
        return;
    explicit_bzero(rest, len);
    if (munmap(rest, len) == 0)
        value->mapped = kept;
}

int
secret_value_settle(struct secret_value *value, size_t len, const char *from,
                    struct secret_why why)
{
    assert(len <= SECRET_VALUE_MAX);
    value->text[len] = '\0';
    if (len == 0)
        return secret_refuse(why, "%s is empty", from);
    if (memchr(value->text, '\0', len) != NULL)
        return secret_refuse(why, "%s holds a NUL byte", from);
    value->len = len;
    give_back(value);
    return 0;
}

/* One newline at the end is an editor's, not the secret's. */
int
secret_value_finish(struct secret_value *value, size_t len, const char *from,
                    struct secret_why why)
{
    if (len > SECRET_VALUE_MAX)
        return secret_refuse(why, "%s gives more than %d bytes", from,
                             SECRET_VALUE_MAX);
    if (len > 0 && value->text[len - 1] == '\n')
        len--;
    return secret_value_settle(value, len, from, why);
}

struct secret_value *
secret_value_make(const char *text, size_t len)
{
    char why[SECRET_WHY_MAX];
    const struct secret_why nobody = {why, sizeof(why)};
    struct secret_value *value =
        len <= SECRET_VALUE_MAX ? secret_value_create() : NULL;

    if (value == NULL)
        return NULL;
    if (len > 0)
        memcpy(value->text, text, len);
    if (secret_value_settle(value, len, "", nobody) == 0)
        return value;
    secret_value_free(value);
    return NULL;
}

char **
secret_words_copy(const char *const *words)
{
    size_t count = 0;
    char **copy = NULL;

    if (words == NULL)
        return NULL;
    while (words[count] != NULL)
        count++;
    copy = str_xcalloc(count + 1, sizeof(*copy));
    for (size_t i = 0; i < count; i++)
        copy[i] = str_xdup(words[i]);
    return copy;
}

void
secret_words_free(char **words)
{
    for (size_t i = 0; words != NULL && words[i] != NULL; i++)
        free(words[i]);
    free(words);
}
