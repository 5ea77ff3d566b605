/* version.h - what this is called in a User-Agent, a sync and `version`. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#define VERSION "0.1.0"

#endif
