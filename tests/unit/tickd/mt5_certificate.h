/* Certificates signed by themselves, in the test's folder. */
#ifndef TESTS_UNIT_TICKD_MT5_CERTIFICATE_H
#define TESTS_UNIT_TICKD_MT5_CERTIFICATE_H

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "tests/unit/common/scratch.h"

/* FOLDER/NAME.pem and FOLDER/NAME.key; valid_s < 0: expired; password NULL: the key has none. */
static inline void
make_certificate(void **state, const char *name, long valid_s, const char *password)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *certificate = X509_new();
	char file[64];
	FILE *out;

	assert_non_null(key);
	assert_non_null(certificate);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(certificate), -86400));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(certificate), valid_s));
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN",
			     MBSTRING_ASC, (const unsigned char *)"localhost", -1, -1, 0), 1);
	assert_int_equal(
	    X509_set_issuer_name(certificate, X509_get_subject_name(certificate)), 1);
	assert_int_equal(X509_set_pubkey(certificate, key), 1);
	assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
	snprintf(file, sizeof(file), "%s.pem", name);
	out = fopen(scratch_path(state, file), "we");
	assert_non_null(out);
	assert_int_equal(PEM_write_X509(out, certificate), 1);
	assert_int_equal(fclose(out), 0);
	snprintf(file, sizeof(file), "%s.key", name);
	out = fopen(scratch_path(state, file), "we");
	assert_non_null(out);
	assert_int_equal(PEM_write_PrivateKey(out, key, password == NULL ? NULL :
			     EVP_aes_128_cbc(), (const unsigned char *)password,
			     password == NULL ? 0 : (int)strlen(password), NULL, NULL), 1);
	assert_int_equal(fclose(out), 0);
	X509_free(certificate);
	EVP_PKEY_free(key);
}

#endif
