/*
 * conf_grammar.h - puts tokens in order: finds every slip, and writes text
 * that libconfig takes.
 *
 * Not the tree: conf.c has libconfig read the text and walks the result and
 * the places side by side.
 *
 * Ownership   conf_write_close() frees what is written; it points into the
 *             source text.
 * Errors      go to `diag`; a setting that makes no sense is left out.
 * Threads     any.
 */
#ifndef BASE_CONF_GRAMMAR_H
#define BASE_CONF_GRAMMAR_H

struct conf_lex;
struct conf_write;
struct diag;

/* May add tokens to `lex`: brackets that were forgotten. */
void conf_grammar_parse(struct conf_lex *lex, struct conf_write *out,
                        struct diag *diag);

#endif
