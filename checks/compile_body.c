/*
 * What a request sends: a text, JSON, a form or parts.  That there is one only
 * was seen to by catalog_layer.c and merge.c.
 */
#include <stdlib.h>
#include <string.h>

#include "base/conf.h"
#include "base/jsonpath.h"
#include "base/str.h"
#include "checks/compile.h"
#include "checks/merge.h"
#include "checks/ref_text.h"
#include "checks/spec.h"

#define WHY_MAX 300

/* ---- JSON ---- */

/* Ones in place of a reference are right inside quotes and outside of them. */
static void
check_json(struct compile_job *job, const struct conf *from, const char *text)
{
    char *plain = ref_text_plain(text);
    char why[WHY_MAX];
    struct jsonpath_doc *doc =
        jsonpath_doc(plain, strlen(plain), why, sizeof(why));

    if (!doc)
        compile_wrong(job, from->value,
                      "what is wrong on purpose goes into `body`",
                      "this is not JSON: %s", why);
    else
        compile_secret_json(job, from, doc);
    jsonpath_doc_free(doc);
    free(plain);
}

/* ---- fields ---- */

static struct spec_field *
add_field(struct compile_job *job, struct spec_fields *fields, const char *name,
          const char *value)
{
    size_t size = (fields->count + 1) * sizeof(fields->item[0]);
    struct spec_field *field;

    fields->item = str_xrealloc(fields->item, size);
    field = &fields->item[fields->count++];
    *field = (struct spec_field){.name = str_xdup(name),
                                 .value = compile_template(job, value)};
    return field;
}

static const char *
text_of(const struct conf *group, const char *name)
{
    const struct conf *n = conf_find(group, name);

    return n ? n->text : NULL;
}

/* What a field is called: by its setting, unless it says something else, as no
 * setting can be called `user[email]`. */
static const char *
name_of(const struct conf *item)
{
    const char *field =
        item->type == CONF_STRING ? NULL : text_of(item, "field");

    return field ? field : item->name;
}

static void
check_name(struct compile_job *job, const struct conf *item)
{
    const struct conf *field = conf_find(item, "field");

    if (field && strstr(field->text, "${"))
        compile_wrong(job, field->value, NULL,
                      "the name of a field is sent as it is written");
    else if (field && field->text[0] == '\0')
        compile_wrong(job, field->value, NULL, "a field has a name");
}

/* `value` of a field that is written as a group. */
static void
add_plain(struct compile_job *job, struct spec_fields *fields,
          const struct conf *item)
{
    const struct conf *value =
        item->type == CONF_STRING ? item : conf_find(item, "value");

    if (item->type != CONF_STRING)
        check_name(job, item);
    if (!value) {
        compile_wrong(job, item->pos, "write value = \"...\";",
                      "the field `%s` has no value", item->name);
        return;
    }
    compile_secret_literal(job, name_of(item), value);
    (void)add_field(job, fields, name_of(item), value->text);
}

static void
compile_form(struct compile_job *job, const struct conf *form,
             struct spec_fields *fields)
{
    for (const struct conf *n = form->first; n; n = n->next)
        add_plain(job, fields, n);
}

static void
check_base64(struct compile_job *job, const struct conf *content)
{
    size_t len;
    uint8_t *bytes = content ? str_unbase64(content->text, &len) : NULL;

    if (content && !bytes)
        compile_wrong(job, content->value, NULL, "this is not base64");
    free(bytes);
}

static void
add_file(struct compile_job *job, struct spec_fields *fields,
         const struct conf *part)
{
    const char *text = text_of(part, "text");
    struct spec_field *field;

    check_name(job, part);
    check_base64(job, conf_find(part, "base64"));
    field = add_field(job, fields, name_of(part),
                      text ? text : text_of(part, "base64"));
    field->is_base64 = !text;
    field->file_name = str_xdup(text_of(part, "name"));
    field->type = str_xdup(text_of(part, "type"));
    if (!field->file_name)
        field->file_name = str_xdup(name_of(part));
    if (!field->type)
        field->type = str_xdup("application/octet-stream");
}

static void
compile_parts(struct compile_job *job, const struct conf *parts,
              struct spec_fields *fields)
{
    for (const struct conf *n = parts->first; n; n = n->next) {
        if (n->type == CONF_STRING || conf_find(n, "value"))
            add_plain(job, fields, n);
        else
            add_file(job, fields, n);
    }
}

void
compile_body(struct compile_job *job, struct spec_request *request)
{
    const struct merge_value *value = job->merge->value;
    const struct conf *json = value[SPEC_KEY_JSON].from;

    if (value[SPEC_KEY_BODY].from) {
        request->body_type = SPEC_BODY_TEXT;
        request->body = compile_template(job, compile_text(job, SPEC_KEY_BODY));
    } else if (json) {
        request->body_type = SPEC_BODY_JSON;
        request->body = compile_template(job, compile_text(job, SPEC_KEY_JSON));
        check_json(job, json, compile_text(job, SPEC_KEY_JSON));
    } else if (value[SPEC_KEY_FORM].from) {
        request->body_type = SPEC_BODY_FORM;
        compile_form(job, value[SPEC_KEY_FORM].from, &request->fields);
    } else if (value[SPEC_KEY_MULTIPART].from) {
        request->body_type = SPEC_BODY_MULTIPART;
        compile_parts(job, value[SPEC_KEY_MULTIPART].from, &request->fields);
    }
}
