/*
 * ca.h - Picket's own certificate authority: for its probes and nobody else.
 *
 * Not who may have a certificate (enrol.h) and not TLS itself (httpd.h).  A
 * P-256 authority lives in a folder of its own; it signs the server certificate
 * of the probes' listener and one certificate a probe.  Probes pin it by its
 * SHA-256, so no public authority and no DNS is part of that trust.
 *
 * Lifecycle   ca_open() makes what is missing (blocking: before the loop runs)
 *             -> ca_sign(), ca_renew_server() -> ca_close().
 * Ownership   texts and paths belong to the ca; a ca_cert's pem to the caller.
 * Units       wall_t.
 * Errors      NULL or -1, and `why` says what and what to do.
 * Threads     loop thread only.
 */
#ifndef CONTROLLER_CA_H
#define CONTROLLER_CA_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"

#define CA_SERVER_NAME "controller.picket.internal"
#define CA_CSR_MAX     16384 /* bytes of PEM */
#define CA_PROBE_DAYS  30

struct ca;

struct ca *ca_open(const char *dir, wall_t now, char *why, size_t cap);
void ca_close(struct ca *ca);

const char *ca_pem(const struct ca *ca);
const char *ca_sha256(const struct ca *ca); /* of its certificate, hex */
const char *ca_cert_file(const struct ca *ca);
const char *ca_server_cert_file(const struct ca *ca);
const char *ca_server_key_file(const struct ca *ca);

/* Makes the server's certificate anew when a third of its days or less is
 * left: 1 made, 0 good as it is, -1. */
int ca_renew_server(struct ca *ca, wall_t now, char *why, size_t cap);

struct ca_cert {
    char *pem; /* leaf only */
    char sha256[65];
    wall_t ends;
};

struct ca_ask {
    const char *csr; /* PEM */
    const char *name;
    wall_t now;
};

/* A client certificate for the key of `csr`, and of the CSR nothing but its
 * key: the name in it is `name`.  The CSR must be signed by that key, which is
 * EC P-256 or P-384, Ed25519, or RSA of 2048 to 4096 bits. */
int ca_sign(struct ca *ca, const struct ca_ask *ask, struct ca_cert *out,
            char *why, size_t cap);

#endif
