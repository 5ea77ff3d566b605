/*
 * compile_kinds.h - what each kind of check has of its own: one file a kind.
 *
 * A part of compile.h, which is what to include.
 *
 * Ownership   what is made is job->spec's.
 * Errors      told to the job.
 * Threads     any.
 */
#ifndef CHECKS_COMPILE_KINDS_H
#define CHECKS_COMPILE_KINDS_H

struct compile_job;
struct spec_fields;
struct spec_request;

/* The target, then what its kind has of its own: one file a kind. */
void compile_kind(struct compile_job *job);
void compile_http(struct compile_job *job);
void compile_journey(struct compile_job *job);
/* Also a step's: the settings are those of job->merge. */
void compile_request(struct compile_job *job, struct spec_request *request);
void compile_dns(struct compile_job *job);
void compile_dns_agreement(struct compile_job *job); /* with its `expect` */
void compile_tls(struct compile_job *job);
void compile_tcp(struct compile_job *job);
void compile_talk(struct compile_job *job);    /* tcp's, ws' */
void compile_secured(struct compile_job *job); /* sni, pins, key lengths */
void compile_icmp(struct compile_job *job);
void compile_exec(struct compile_job *job);
void compile_grpc(struct compile_job *job);
void compile_ws(struct compile_job *job);
void compile_headers(struct compile_job *job, struct spec_fields *to);
void compile_body(struct compile_job *job, struct spec_request *request);
void compile_auth(struct compile_job *job, struct spec_request *request);

#endif
