/*
 * controller_bed.h - the controller's listener for probes without a controller:
 * an authority, a certificate made out to MESSAGE_SERVER_NAME, and httpd.
 *
 * Lifecycle   controller_bed_open(), perhaps controller_bed_show() another
 *             certificate, controller_bed_listen(), controller_bed_close().
 * Ownership   paths and authority belong to the bed.
 * Errors      cmocka's assertions.
 * Threads     the loop's, which is the test's.
 */
#ifndef TESTS_LIB_CONTROLLER_BED_H
#define TESTS_LIB_CONTROLLER_BED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/httpd.h"
#include "base/loop.h"
#include "tests/lib/pki.h"
#include "wire/message.h"

#define CONTROLLER_BED_TYPE "application/x-protobuf"

struct controller_bed {
    struct loop *loop;
    struct httpd *httpd;
    struct pki ca;
    char dir[40];
    char ca_file[64];
    char cert_file[64]; /* the listener's */
    char key_file[64];
    char url[64]; /* after listen */
};

/* What the listener shows: a certificate, and behind it `chain`. */
static inline void
controller_bed_show(struct controller_bed *bed, const struct pki *issuer,
                    const struct pki *chain, const struct pki_opts *opts)
{
    struct pki leaf = {0};

    pki_make(&leaf, issuer, opts);
    pki_write(&leaf, chain, bed->cert_file, bed->key_file);
    pki_free(&leaf);
}

static inline struct pki_opts
controller_bed_name(void)
{
    return (struct pki_opts){.name = "controller",
                             .san = "DNS:" MESSAGE_SERVER_NAME,
                             .usage = "serverAuth"};
}

static inline void
controller_bed_open(struct controller_bed *bed)
{
    struct pki_opts name = controller_bed_name();

    memset(bed, 0, sizeof(*bed));
    (void)snprintf(bed->dir, sizeof(bed->dir), "/tmp/controller_bed.XXXXXX");
    assert_non_null(mkdtemp(bed->dir));
    (void)snprintf(bed->ca_file, 64, "%s/ca.pem", bed->dir);
    (void)snprintf(bed->cert_file, 64, "%s/server.pem", bed->dir);
    (void)snprintf(bed->key_file, 64, "%s/server.key", bed->dir);
    pki_make(&bed->ca, NULL,
             &(struct pki_opts){.name = "picket ca", .is_ca = true});
    pki_write(&bed->ca, NULL, bed->ca_file, NULL);
    controller_bed_show(bed, &bed->ca, &bed->ca, &name);
    bed->loop = loop_create();
    assert_non_null(bed->loop);
}

static inline void
controller_bed_listen(struct controller_bed *bed, httpd_fn *handler,
                      void *cookie)
{
    struct httpd_opts opts = {.listen = "127.0.0.1:0",
                              .cert_file = bed->cert_file,
                              .key_file = bed->key_file,
                              .client_ca = bed->ca_file,
                              .handler = handler,
                              .cookie = cookie};
    char why[300] = "";

    bed->httpd = httpd_open(bed->loop, &opts, why, sizeof(why));
    assert_string_equal(why, "");
    (void)snprintf(bed->url, sizeof(bed->url), "https://127.0.0.1:%u",
                   httpd_port(bed->httpd));
}

/* What was started on the loop must have ended. */
static inline void
controller_bed_close(struct controller_bed *bed)
{
    httpd_close(bed->httpd);
    loop_free(bed->loop);
    pki_free(&bed->ca);
    assert_int_equal(file_remove_tree(bed->dir), 0);
}

#endif
