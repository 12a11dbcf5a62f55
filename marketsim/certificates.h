/*
 * A certificate authority of our own, for nobody but our own tests.
 */
#ifndef MARKETSIM_CERTIFICATES_H
#define MARKETSIM_CERTIFICATES_H

#include <limits.h>

#include "common/problem.h"

struct certificates {
	char ca_file[PATH_MAX];	    /* what a client trusts */
	char server_file[PATH_MAX]; /* localhost, 127.0.0.1 and ::1 */
	char key_file[PATH_MAX];
};

/*
 * Uses what DIR (made when missing) holds, or makes all three files anew: ca.pem appears last.
 * 0 or a negative errno with the sentence.
 */
__attribute__((warn_unused_result)) int
certificates_ready(struct certificates *certificates, const char *dir, struct problem *problem);

#endif
