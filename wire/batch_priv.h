/*
 * batch_priv.h - the ranges that batch_encode.c keeps to, batch.c insists on.
 *
 * Not for anybody else: batch.h is the contract, with its rules of ownership,
 * errors and threads.
 */
#ifndef WIRE_BATCH_PRIV_H
#define WIRE_BATCH_PRIV_H

#define BATCH_VERSION     1u
#define BATCH_ID_BYTES    16u
#define BATCH_TIME_MAX_MS 253402300799999LL /* the last ms of the year 9999 */
#define BATCH_US_MAX      86400000000ULL    /* a day: longer than any timeout */
#define BATCH_NUMBER_MAX  0xffffu           /* of a reason or a fact */

#endif
