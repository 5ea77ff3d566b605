/*
 * pem.h - PEM that is read without anybody to type a passphrase.
 *
 * OpenSSL asks on the terminal unless it is given a function, and for any kind
 * of block: a certificate or a request of somebody else's is enough to hold a
 * loop.  So every PEM_read_*() of ours is given this one.
 *
 * Threads     any.
 */
#ifndef BASE_PEM_H
#define BASE_PEM_H

/* OpenSSL's pem_password_cb: none is known.  `is_locked` is a bool that becomes
 * true, or NULL. */
int pem_no_passphrase(char *to, int cap, int is_writing, void *is_locked);

#endif
