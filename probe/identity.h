/*
 * identity.h - who this probe is: its key, its certificate, its controller's CA.
 *
 * Three files in one folder: key.pem (P-256, 0600, made here and never sent),
 * cert.pem, ca.pem.  OpenSSL's door on the probe.
 *
 * Lifecycle   identity_open() reads what is there; a probe that has not joined
 *             yet has no certificate.
 * Ownership   paths belong to the identity; a CSR is the caller's to free.
 * Units       wall_t.
 * Errors      NULL or -1, and `why` names the file and the remedy.
 * Threads     none of its own.  Opening and writing files block.
 */
#ifndef PROBE_IDENTITY_H
#define PROBE_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

struct identity;

/* Makes the folder and the key when there are none. */
struct identity *identity_open(const char *dir, char *why, size_t cap);
void identity_free(struct identity *identity);

bool identity_has_joined(const struct identity *identity);
const char *identity_key_file(const struct identity *identity);
const char *identity_cert_file(const struct identity *identity);
const char *identity_ca_file(const struct identity *identity);

/* From the certificate; a probe that has not joined is long past both. */
wall_t identity_ends(const struct identity *identity);
wall_t identity_renew_at(const struct identity *identity); /* 2/3 of its life */

/* A PEM request for `name` with the key; NULL without memory. */
char *identity_csr(const struct identity *identity, const char *name);

/* Writes the certificate (PEM, leaf first, for our key) and, unless NULL, the
 * CA.  Nothing is changed when it is refused. */
int identity_set(struct identity *identity, const char *cert, const char *ca,
                 char *why, size_t cap);

#endif
