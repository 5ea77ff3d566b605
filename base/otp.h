/*
 * otp.h - the code an authenticator app shows (RFC 6238, TOTP).
 *
 * As every app has it: HMAC-SHA-1, six digits, steps of 30 s from 1970.
 *
 * Errors      -1: the seed is not base32 (RFC 4648, section 6; case, blanks,
 *             hyphens and missing padding do not matter), empty, or longer
 *             than OTP_SEED_MAX bytes.
 * Threads     any.
 */
#ifndef BASE_OTP_H
#define BASE_OTP_H

#include <stddef.h>
#include <stdint.h>

#include "base/clock.h"

#define OTP_SEED_MAX 128 /* bytes; issuers give 10 to 64 */
#define OTP_CODE_MAX 7   /* six digits and NUL */
#define OTP_STEP_S   30

/* The code at `now` of the seed that the base32 text `seed` stands for. */
int otp_format(char code[OTP_CODE_MAX], const char *seed, size_t len,
               wall_t now);

/* base32 into at most `cap` bytes; *made says how many. */
int otp_decode_seed(uint8_t *to, size_t cap, const char *seed, size_t len,
                    size_t *made);

#endif
