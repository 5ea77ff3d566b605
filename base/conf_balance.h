/*
 * conf_balance.h - finds where a closing bracket was forgotten and adds it.
 *
 * Ownership   the tokens stay the caller's.
 * Errors      each forgotten bracket is one error in `diag`, at the bracket
 *             that was opened.
 * Threads     any.
 */
#ifndef BASE_CONF_BALANCE_H
#define BASE_CONF_BALANCE_H

struct conf_lex;
struct diag;

void conf_balance_add(struct conf_lex *lex, struct diag *diag);

#endif
