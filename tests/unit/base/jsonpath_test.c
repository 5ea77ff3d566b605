/*
 * jsonpath.c: every example of RFC 9535, sections 1.5 and 2, with its section
 * number (those that are not well-typed: jsonpath_filter_test.c), and the edges
 * of slices, indexes and numbers.  The expected texts are the RFC's own, by
 * hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jsonpath.c"

/* In place of expr's: writes every value down, one after the other. */
struct expr_values {
    char text[4096];
    size_t len;
    int count;
    char fault[160];
};

static void
note(struct expr_values *v, const char *text, size_t len)
{
    assert_true(v->len + len + 4 < sizeof(v->text));
    if (v->count++ > 0)
        v->text[v->len++] = ' ';
    memcpy(v->text + v->len, text, len);
    v->len += len;
    v->text[v->len] = '\0';
}

void
expr_values_add(struct expr_values *values, const struct expr_value *v)
{
    char text[40];

    if (v->type == EXPR_V_TEXT) {
        assert_true(v->is_tree && strchr("{[", v->text[0]) != NULL);
        note(values, v->text, v->len);
        return;
    }
    if (v->type == EXPR_V_NULL)
        snprintf(text, sizeof(text), "null");
    else
        snprintf(text, sizeof(text), "%.17g", v->decimal);
    note(values, text, strlen(text));
}

void
expr_values_int(struct expr_values *values, int64_t num)
{
    char text[40];

    snprintf(text, sizeof(text), "%lld", (long long)num);
    note(values, text, strlen(text));
}

void
expr_values_text(struct expr_values *values, const char *text, size_t len)
{
    note(values, text, len);
}

void
expr_values_flag(struct expr_values *values, bool flag)
{
    note(values, flag ? "true" : "false", flag ? 4 : 5);
}

void
expr_values_fault(struct expr_values *values, const char *why)
{
    snprintf(values->fault, sizeof(values->fault), "%s", why);
}

static const char root[] = "{\"k\": \"v\"}";
static const char names[] =
    "{\"o\": {\"j j\": {\"k.k\": 3}}, \"'\": {\"@\": 2}}";
static const char wild[] = "{\"o\": {\"j\": 1, \"k\": 2}, \"a\": [5, 3]}";
static const char two[] = "[\"a\", \"b\"]";
static const char seven[] = "[\"a\", \"b\", \"c\", \"d\", \"e\", \"f\", \"g\"]";
static const char deep[] = "{\"o\": {\"j\": 1, \"k\": 2},"
                           " \"a\": [5, 3, [{\"j\": 4}, {\"k\": 6}]]}";
static const char nulls[] =
    "{\"a\": null, \"b\": [null], \"c\": [{}], \"null\": 1}";
static const char shop[] =
    "{ \"store\": { \"book\": ["
    "{ \"category\": \"reference\", \"author\": \"Nigel Rees\","
    "  \"title\": \"Sayings of the Century\", \"price\": 8.95 },"
    "{ \"category\": \"fiction\", \"author\": \"Evelyn Waugh\","
    "  \"title\": \"Sword of Honour\", \"price\": 12.99 },"
    "{ \"category\": \"fiction\", \"author\": \"Herman Melville\","
    "  \"title\": \"Moby Dick\", \"isbn\": \"0-553-21311-3\","
    "  \"price\": 8.99 },"
    "{ \"category\": \"fiction\", \"author\": \"J. R. R. Tolkien\","
    "  \"title\": \"The Lord of the Rings\", \"isbn\": \"0-395-19395-8\","
    "  \"price\": 22.99 } ],"
    "\"bicycle\": { \"color\": \"red\", \"price\": 399 } } }";

static const char mixed[] =
    "{\"a\": [3, 5, 1, 2, 4, 6, {\"b\": \"j\"}, {\"b\": \"k\"},"
    " {\"b\": {}}, {\"b\": \"kilo\"}],"
    " \"o\": {\"p\": 1, \"q\": 2, \"r\": 3, \"s\": 5, \"t\": {\"u\": 6}},"
    " \"e\": \"f\"}";
static const char people[] =
    "[{\"authors\": [1, 2, 3, 4, 5], \"date\": \"1974-05-01\","
    "  \"author\": \"Bob Marley\", \"timezone\": \"Europe/Rome\"},"
    " {\"authors\": [1], \"date\": \"1974-05-011\", \"author\": \"bob\","
    "  \"x\": {\"author\": 1}, \"timezone\": \"America/Lima\"}]";

struct row {
    const char *section; /* of RFC 9535; "-" is ours */
    const char *json;
    const char *path;
    int count;
    const char *want;
};

static const struct row rows[] = {
    {"1.5", shop, "$.store.book[*].author", 4,
     "Nigel Rees Evelyn Waugh Herman Melville J. R. R. Tolkien"},
    {"1.5", shop, "$..author", 4,
     "Nigel Rees Evelyn Waugh Herman Melville J. R. R. Tolkien"},
    {"1.5", shop, "$.store..price", 5,
     "8.9499999999999993 12.99 8.9900000000000002 22.989999999999998 399"},
    {"1.5", shop, "$..book[2].author", 1, "Herman Melville"},
    {"1.5", shop, "$..book[2].publisher", 0, ""},
    {"1.5", shop, "$..book[-1].title", 1, "The Lord of the Rings"},
    {"1.5", shop, "$..book[0,1].title", 2,
     "Sayings of the Century Sword of Honour"},
    {"1.5", shop, "$..book[:2].title", 2,
     "Sayings of the Century Sword of Honour"},
    {"1.5", shop, "$.store.*", 2,
     "[{\"category\":\"reference\",\"author\":\"Nigel Rees\","
     "\"title\":\"Sayings of the Century\",\"price\":8.95},"
     "{\"category\":\"fiction\",\"author\":\"Evelyn Waugh\","
     "\"title\":\"Sword of Honour\",\"price\":12.99},"
     "{\"category\":\"fiction\",\"author\":\"Herman Melville\","
     "\"title\":\"Moby Dick\",\"isbn\":\"0-553-21311-3\",\"price\":8.99},"
     "{\"category\":\"fiction\",\"author\":\"J. R. R. Tolkien\","
     "\"title\":\"The Lord of the Rings\",\"isbn\":\"0-395-19395-8\","
     "\"price\":22.99}] {\"color\":\"red\",\"price\":399}"},
    {"1.5", shop, "$..book[?@.isbn].title", 2,
     "Moby Dick The Lord of the Rings"},
    {"1.5", shop, "$..book[?@.price<10].title", 2,
     "Sayings of the Century Moby Dick"},
    {"2.1.3", "{\"a\":[{\"b\":0},{\"b\":1},{\"c\":2}]}", "$.a[*].b", 2, "0 1"},
    {"2.1.3", "{\"a\":[{\"b\":0},{\"b\":1},{\"c\":2}]}", "$", 1,
     "{\"a\":[{\"b\":0},{\"b\":1},{\"c\":2}]}"},
    {"2.1.3", "{\"a\":[{\"b\":0},{\"b\":1},{\"c\":2}]}", "$.a", 1,
     "[{\"b\":0},{\"b\":1},{\"c\":2}]"},
    {"2.1.3", "{\"a\":[{\"b\":0},{\"b\":1},{\"c\":2}]}", "$.a[*]", 3,
     "{\"b\":0} {\"b\":1} {\"c\":2}"},
    {"2.2.3", root, "$", 1, "{\"k\":\"v\"}"},
    {"2.3.1.3", names, "$.o['j j']", 1, "{\"k.k\":3}"},
    {"2.3.1.3", names, "$.o['j j']['k.k']", 1, "3"},
    {"2.3.1.3", names, "$.o[\"j j\"][\"k.k\"]", 1, "3"},
    {"2.3.1.3", names, "$[\"'\"][\"@\"]", 1, "2"},
    {"2.3.2.3", wild, "$[*]", 2, "{\"j\":1,\"k\":2} [5,3]"},
    {"2.3.2.3", wild, "$.o[*]", 2, "1 2"},
    {"2.3.2.3", wild, "$.o[*, *]", 4, "1 2 1 2"},
    {"2.3.2.3", wild, "$.a[*]", 2, "5 3"},
    {"2.3.3.3", two, "$[1]", 1, "b"},
    {"2.3.3.3", two, "$[-2]", 1, "a"},
    {"2.3.4.3", seven, "$[1:3]", 2, "b c"},
    {"2.3.4.3", seven, "$[5:]", 2, "f g"},
    {"2.3.4.3", seven, "$[1:5:2]", 2, "b d"},
    {"2.3.4.3", seven, "$[5:1:-2]", 2, "f d"},
    {"2.3.4.3", seven, "$[::-1]", 7, "g f e d c b a"},
    {"2.3.5.3", mixed, "$.a[?@.b == 'kilo']", 1, "{\"b\":\"kilo\"}"},
    {"2.3.5.3", mixed, "$.a[?(@.b == 'kilo')]", 1, "{\"b\":\"kilo\"}"},
    {"2.3.5.3", mixed, "$.a[?@>3.5]", 3, "5 4 6"},
    {"2.3.5.3", mixed, "$.a[?@.b]", 4,
     "{\"b\":\"j\"} {\"b\":\"k\"} {\"b\":{}} {\"b\":\"kilo\"}"},
    {"2.3.5.3", mixed, "$[?@.*]", 2,
     "[3,5,1,2,4,6,{\"b\":\"j\"},{\"b\":\"k\"},{\"b\":{}},{\"b\":\"kilo\"}] "
     "{\"p\":1,\"q\":2,\"r\":3,\"s\":5,\"t\":{\"u\":6}}"},
    {"2.3.5.3", mixed, "$[?@[?@.b]]", 1,
     "[3,5,1,2,4,6,{\"b\":\"j\"},{\"b\":\"k\"},{\"b\":{}},{\"b\":\"kilo\"}]"},
    {"2.3.5.3", mixed, "$.o[?@<3, ?@<3]", 4, "1 2 1 2"},
    {"2.3.5.3", mixed, "$.a[?@<2 || @.b == \"k\"]", 2, "1 {\"b\":\"k\"}"},
    {"2.3.5.3", mixed, "$.a[?match(@.b, \"[jk]\")]", 2,
     "{\"b\":\"j\"} {\"b\":\"k\"}"},
    {"2.3.5.3", mixed, "$.a[?search(@.b, \"[jk]\")]", 3,
     "{\"b\":\"j\"} {\"b\":\"k\"} {\"b\":\"kilo\"}"},
    {"2.3.5.3", mixed, "$.o[?@>1 && @<4]", 2, "2 3"},
    {"2.3.5.3", mixed, "$.o[?@.u || @.x]", 1, "{\"u\":6}"},
    {"2.3.5.3", mixed, "$.a[?@.b == $.x]", 6, "3 5 1 2 4 6"},
    {"2.3.5.3", mixed, "$.a[?@ == @]", 10,
     "3 5 1 2 4 6 {\"b\":\"j\"} {\"b\":\"k\"} {\"b\":{}} {\"b\":\"kilo\"}"},
    {"2.4.4", people, "$[?length(@.authors) >= 5].author", 1, "Bob Marley"},
    {"2.4.5", people, "$[?count(@.*.author) >= 5]", 0, ""},
    {"2.4.5", people, "$[?count(@.*.author) >= 1].author", 1, "bob"},
    {"2.4.6", people, "$[?match(@.date, \"1974-05-..\")].author", 1,
     "Bob Marley"},
    {"2.4.7", people, "$[?search(@.author, \"[BR]ob\")].author", 1,
     "Bob Marley"},
    {"2.4.8", shop, "$.store[?value(@..color) == \"red\"]", 1,
     "{\"color\":\"red\",\"price\":399}"},
    {"2.4.9", "[\"ab\", \"abc\", [1], {}]", "$[?length(@) < 3]", 3,
     "ab [1] {}"},
    {"2.4.9", "[[1], {\"a\": 1}, [1, 2], 1]", "$[?count(@.*) == 1]", 2,
     "[1] {\"a\":1}"},
    {"2.4.9", people, "$[?match(@.timezone, 'Europe/.*')].author", 1,
     "Bob Marley"},
    {"2.4.9",
     "[{\"color\": \"red\"}, {\"color\": \"red\", \"a\": {\"color\":"
     " \"red\"}}]",
     "$[?value(@..color) == \"red\"]", 1, "{\"color\":\"red\"}"},
    {"2.5.1.3", seven, "$[0, 3]", 2, "a d"},
    {"2.5.1.3", seven, "$[0:2, 5]", 3, "a b f"},
    {"2.5.1.3", seven, "$[0, 0]", 2, "a a"},
    {"2.5.2.3", deep, "$..j", 2, "1 4"},
    {"2.5.2.3", deep, "$..[0]", 2, "5 {\"j\":4}"},
    {"2.5.2.3", deep, "$..o", 1, "{\"j\":1,\"k\":2}"},
    {"2.5.2.3", deep, "$.o..[*, *]", 4, "1 2 1 2"},
    {"2.5.2.3", deep, "$.a..[0, 1]", 4, "5 3 {\"j\":4} {\"k\":6}"},
    {"2.5.2.3", deep, "$..[*]", 11,
     "{\"j\":1,\"k\":2} [5,3,[{\"j\":4},{\"k\":6}]] 1 2 5 3 "
     "[{\"j\":4},{\"k\":6}] {\"j\":4} {\"k\":6} 4 6"},
    {"2.5.2.3", deep, "$..*", 11,
     "{\"j\":1,\"k\":2} [5,3,[{\"j\":4},{\"k\":6}]] 1 2 5 3 "
     "[{\"j\":4},{\"k\":6}] {\"j\":4} {\"k\":6} 4 6"},
    {"2.6.1", nulls, "$.a", 1, "null"},
    {"2.6.1", nulls, "$.a[0]", 0, ""},
    {"2.6.1", nulls, "$.a.d", 0, ""},
    {"2.6.1", nulls, "$.b[0]", 1, "null"},
    {"2.6.1", nulls, "$.b[*]", 1, "null"},
    {"2.6.1", nulls, "$.b[?@]", 1, "null"},
    {"2.6.1", nulls, "$.b[?@==null]", 1, "null"},
    {"2.6.1", nulls, "$.c[?@.d==null]", 0, ""},
    {"2.6.1", nulls, "$.null", 1, "1"},
    /* 2.7.1: a normalized path is a path, and so is what it came from. */
    {"2.7.1", "{\"a\": 1}", "$.a", 1, "1"},
    {"2.7.1", "{\"a\": 1}", "$['a']", 1, "1"},
    {"2.7.1", "[1, 2, 3]", "$[1]", 1, "2"},
    {"2.7.1", "[1, 2, 3]", "$[-1]", 1, "3"},
    {"2.7.1", "{\"a\": {\"b\": [1, 2]}}", "$.a.b[1:2]", 1, "2"},
    {"2.7.1", "{\"a\": {\"b\": [1, 2]}}", "$['a']['b'][1]", 1, "2"},
    {"2.7.1", "{\"\\u000b\": 1}", "$[\"\\u000B\"]", 1, "1"},
    {"2.7.1", "{\"\\u000b\": 1}", "$['\\u000b']", 1, "1"},
    {"2.7.1", "{\"a\": 1}", "$[\"\\u0061\"]", 1, "1"},
    /* Bounds beyond both ends, a step of nothing, the wrong container. */
    {"2.3.4.2", seven, "$[-100:100]", 7, "a b c d e f g"},
    {"2.3.4.2", seven, "$[100:-100:-3]", 3, "g d a"},
    {"2.3.4.2", seven, "$[1:5:0]", 0, ""},
    {"2.3.4.2", seven, "$[3:-1]", 3, "d e f"},
    {"2.3.4.2", seven, "$[-1:3:-1]", 3, "g f e"},
    {"2.3.4.2", seven, "$[0:7:9007199254740991]", 1, "a"},
    {"2.3.4.2", seven, "$[6:0:-9007199254740991]", 1, "g"},
    {"2.3.3.2", seven, "$[7]", 0, ""},
    {"2.3.3.2", seven, "$[-8]", 0, ""},
    {"2.3.3.2", wild, "$[0]", 0, ""},
    {"2.3.1.2", seven, "$.a", 0, ""},
    {"2.3.2.2", "5", "$[*]", 0, ""},
    /* Filters among other selectors, below `..`, of a value that has no
     * children, with the root in mind. */
    {"2.3.5", mixed, "$.o[?@ == 1, 'q', ?@.u]", 3, "1 2 {\"u\":6}"},
    {"2.3.5", mixed, "$..[?@.u].u", 1, "6"},
    {"2.3.5", mixed, "$.e[?@ == 'f']", 0, ""},
    {"2.3.5", mixed, "$.a[?@ == $.o.q]", 1, "2"},
    {"2.3.5", mixed, "$.a[?@ == $.a[0]]", 1, "3"},
    {"2.3.5", mixed, "$.a[?!@.b]", 6, "3 5 1 2 4 6"},
    {"2.3.5", mixed, "$.a[?!(@.b || @ > 2)]", 2, "1 2"},
    {"2.3.5", mixed, "$[?count(@[?@ > 2 && @ < 5]) == 2]", 1,
     "[3,5,1,2,4,6,{\"b\":\"j\"},{\"b\":\"k\"},{\"b\":{}},{\"b\":\"kilo\"}]"},
    /* && binds tighter than ||. */
    {"2.3.5", mixed, "$.o[?@ == 1 || @ == 2 && @ == 3]", 1, "1"},
    {"2.3.5", mixed, "$.o[?(@ == 1 || @ == 2) && @ == 2]", 1, "2"},
    /* Blanks may stand between segments and inside brackets. */
    {"2.3.5.1", mixed, "$.o[ ? @ > 1 && @ < 4 || ! @ .q && @ == 5 ]", 3,
     "2 3 5"},
    {"2.1.1", wild, "$ .a\n[ 0 ]", 1, "5"},
    {"2.3.4.1", seven, "$[ 1 : 5 : 2 ]", 2, "b d"},
    {"2.3.1.1", "{\"\\u00e4\": 1}", "$.\xc3\xa4", 1, "1"},
    {"2.3.1.1", "{\"\\ud83d\\ude00\": 1}", "$['\\uD83D\\uDE00']", 1, "1"},
    {"2.3.1.1", "{\"\\u00e4\": 1}", "$['\\u00E4']", 1, "1"},
    {"2.3.1.1", "{\"a\\\"b'c\": 1}", "$['a\"b\\'c']", 1, "1"},
    {"2.3.1.1", "{\"a\\\"b'c\": 1}", "$[\"a\\\"b'c\"]", 1, "1"},
    {"2.3.1.1", "{\"\": 1}", "$['']", 1, "1"},
    {"2.3.1.1", "{\"a/b\\n\": 1}", "$['a\\/b\\n']", 1, "1"},
    {"-", "[true, false, null, -0.5, 1e3]", "$[*]", 5,
     "true false null -0.5 1000"},
    {"-", "[9223372036854775807, -9223372036854775808]", "$[*]", 2,
     "9223372036854775807 -9223372036854775808"},
    {"-", "[9007199254740993]", "$[0]", 1, "9007199254740993"},
    {"-", "{\"n\": 18446744073709551616, \"m\": [7, \"9223372036854775808\"]}",
     "$..*", 4,
     "1.8446744073709552e+19 [7,\"9223372036854775808\"] 7 "
     "9223372036854775808"},
    {"-", "[9223372036854775808, -9223372036854775809, 1]", "$[*]", 3,
     "9.2233720368547758e+18 -9.2233720368547758e+18 1"},
    {"-", "[12345678901234567890e-10, 1]", "$[*]", 2, "1234567890.1234567 1"},
    {"-", "\xef\xbb\xbf{\"a\": 1}", "$.a", 1, "1"},
};

static struct jsonpath_doc *
read_doc(const char *json)
{
    char why[160] = "";
    struct jsonpath_doc *doc =
        jsonpath_doc(json, strlen(json), why, sizeof(why));

    if (doc == NULL)
        fail_msg("%s: %s", json, why);
    return doc;
}

static void
test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct expr_values v = {.count = 0};
        struct jsonpath_doc *doc = NULL;

        doc = read_doc(rows[i].json);
        jsonpath_lookup(rows[i].path, doc, &v);
        if (v.count != rows[i].count || strcmp(v.text, rows[i].want) != 0 ||
            v.fault[0] != '\0')
            fail_msg("%s %s: %d values: %s %s", rows[i].section, rows[i].path,
                     v.count, v.text, v.fault);
        jsonpath_doc_free(doc);
    }
}

/* 2.3.5.3, the table of comparisons: of the two members of the document all
 * are selected or none. */
static void
test_comparisons(void **state)
{
    static const struct {
        const char *text;
        bool holds;
    } table[] = {
        {"$.absent1 == $.absent2", true},
        {"$.absent1 <= $.absent2", true},
        {"$.absent == 'g'", false},
        {"$.absent1 != $.absent2", false},
        {"$.absent != 'g'", true},
        {"1 <= 2", true},
        {"1 > 2", false},
        {"13 == '13'", false},
        {"'a' <= 'b'", true},
        {"'a' > 'b'", false},
        {"$.obj == $.arr", false},
        {"$.obj != $.arr", true},
        {"$.obj == $.obj", true},
        {"$.obj != $.obj", false},
        {"$.arr == $.arr", true},
        {"$.arr != $.arr", false},
        {"$.obj == 17", false},
        {"$.obj != 17", true},
        {"$.obj <= $.arr", false},
        {"$.obj < $.arr", false},
        {"$.obj <= $.obj", true},
        {"$.arr <= $.arr", true},
        {"1 <= $.arr", false},
        {"1 >= $.arr", false},
        {"1 > $.arr", false},
        {"1 < $.arr", false},
        {"true <= true", true},
        {"true > true", false},
    };
    struct jsonpath_doc *doc =
        read_doc("{\"obj\": {\"x\": \"y\"}, \"arr\": [2, 3]}");
    (void)state;

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct expr_values v = {.count = 0};
        char path[80];

        snprintf(path, sizeof(path), "$[?%s]", table[i].text);
        jsonpath_lookup(path, doc, &v);
        if (v.count != (table[i].holds ? 2 : 0) || v.fault[0] != '\0')
            fail_msg("2.3.5.3 %s: %d %s", path, v.count, v.fault);
    }
    jsonpath_doc_free(doc);
}

static void
test_book_store_counts(void **state)
{
    struct jsonpath_doc *doc = read_doc(shop);
    struct expr_values v = {.count = 0};
    (void)state;

    /* 1.5: "all member values and array elements contained in the input". */
    jsonpath_lookup("$..*", doc, &v);
    assert_int_equal(v.count, 27);
    jsonpath_doc_free(doc);
}

/* A short path must not be able to ask for endless work. */
static void
test_visit_limit(void **state)
{
    enum { COUNT = 300 };

    static char json[COUNT * 2 + 2];
    struct expr_values v = {.count = 0};
    struct jsonpath_doc *doc = NULL;
    (void)state;

    for (size_t i = 0; i < COUNT; i++)
        memcpy(json + 1 + 2 * i, "0,", 2);
    json[0] = '[';
    json[2 * COUNT] = ']';
    doc = read_doc(json);
    jsonpath_lookup("$[*]", doc, &v);
    assert_int_equal(v.count, COUNT);
    assert_string_equal(v.fault, "");

    memset(&v, 0, sizeof(v));
    jsonpath_lookup("$[1000:]..*..*", doc, &v);
    assert_string_equal(v.fault, "");
    jsonpath_doc_free(doc);

    /* 12 levels of two: 2^12 leaves, each reached in very many ways. */
    memset(json, '[', 12);
    json[12] = '\0';
    doc = read_doc("[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]");
    memset(&v, 0, sizeof(v));
    jsonpath_lookup("$..*..*..*..*..*..*[0].x", doc, &v);
    assert_int_equal(v.count, 0);
    assert_string_equal(v.fault, "json path visited over 10000 nodes");
    jsonpath_doc_free(doc);
}

static void
test_text(void **state)
{
    struct jsonpath_doc *doc =
        read_doc("{\"s\": \"x y\", \"n\": 12, \"o\": {\"a\": [1, true]}}");
    const char *number = jsonpath_text(doc, "$.n");
    (void)state;

    assert_string_equal(jsonpath_text(doc, "$.s"), "x y");
    assert_string_equal(jsonpath_text(doc, "$.o"), "{\"a\":[1,true]}");
    assert_string_equal(jsonpath_text(doc, "$.none"), "");
    assert_string_equal(jsonpath_text(doc, "not a path"), "");
    assert_string_equal(number, "12"); /* still there */
    jsonpath_doc_free(doc);
}

static void
test_bad_path_is_a_fault(void **state)
{
    struct jsonpath_doc *doc = read_doc("[]");
    struct expr_values v = {.count = 0};
    (void)state;

    jsonpath_lookup("$[?@.a", doc, &v);
    assert_string_equal(v.fault, "the bracket is not closed by `]`");
    assert_int_equal(v.count, 0);
    jsonpath_doc_free(doc);
}

/* The first node, as what is saved from an answer. */
static void
the_first_is_taken(void **state)
{
    static const struct {
        const char *json;
        const char *path;
        enum jsonpath_took took;
        const char *want;
    } taken[] = {
        {"{\"a\":\"x\\n\\u00e9\"}", "$.a", JSONPATH_TOOK, "x\n\xc3\xa9"},
        {"{\"a\":\"\"}", "$.a", JSONPATH_TOOK, ""},
        {"{\"a\":-12}", "$.a", JSONPATH_TOOK, "-12"},
        {"{\"a\":9223372036854775807}", "$.a", JSONPATH_TOOK,
         "9223372036854775807"},
        {"{\"a\":1.957}", "$.a", JSONPATH_TOOK, "1.957"},
        {"{\"a\":true}", "$.a", JSONPATH_TOOK, "true"},
        {"{\"a\":{ \"b\": [1, null] }}", "$.a", JSONPATH_TOOK,
         "{\"b\":[1,null]}"},
        {"[3,4,5]", "$[1:]", JSONPATH_TOOK, "4"},
        {"{\"a\":null}", "$.a", JSONPATH_TOOK_NULL, ""},
        {"{\"a\":1}", "$.b", JSONPATH_TOOK_NOTHING, ""},
        {"{\"a\":18446744073709551615}", "$.a", JSONPATH_TOOK_INEXACT, ""},
        {"{\"a\":-1e300}", "$.a", JSONPATH_TOOK_INEXACT, ""},
        {"{\"a\":\"123456789012345678901\"}", "$.a", JSONPATH_TOOK_TOO_MUCH,
         ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        char why[200];
        size_t at = 0;
        struct jsonpath_doc *doc = jsonpath_doc(
            taken[i].json, strlen(taken[i].json), why, sizeof(why));
        struct jsonpath *path =
            jsonpath_parse(taken[i].path, &at, why, sizeof(why));
        struct buf out;

        buf_init(&out, 20);
        assert_int_equal(jsonpath_take(path, doc, &out), taken[i].took);
        assert_string_equal(buf_text(&out), taken[i].want);
        buf_free(&out);
        jsonpath_free(path);
        jsonpath_doc_free(doc);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_book_store_counts),
        cmocka_unit_test(test_comparisons),
        cmocka_unit_test(test_visit_limit),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_bad_path_is_a_fault),
        cmocka_unit_test(the_first_is_taken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
