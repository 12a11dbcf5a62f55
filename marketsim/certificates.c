#define _GNU_SOURCE
#include "marketsim/certificates.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALID_DAYS 3650

static bool
add_extension(X509 *certificate, X509 *issuer, int kind, const char *value)
{
	X509V3_CTX context;
	X509_EXTENSION *extension;
	bool added;

	X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, kind, value);
	if (extension == NULL)
		return false;
	added = X509_add_ext(certificate, extension, -1) == 1;
	X509_EXTENSION_free(extension);
	return added;
}

static bool
set_name(X509_NAME *name, const char *text)
{
	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)text,
		   -1, -1, 0) == 1;
}

/* What both certificates have in common; the caller adds extensions and signs. */
static X509 *
new_certificate(EVP_PKEY *key, const char *name, const X509 *issuer)
{
	X509 *certificate = X509_new();
	uint64_t serial = 0;

	if (certificate == NULL)
		return NULL;
	if (RAND_bytes((unsigned char *)&serial, sizeof(serial)) != 1 ||
	    X509_set_version(certificate, 2) != 1 ||
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1) != 1 ||
	    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400) == NULL ||
	    X509_time_adj_ex(X509_getm_notAfter(certificate), VALID_DAYS, 0, NULL) == NULL ||
	    X509_set_pubkey(certificate, key) != 1 ||
	    !set_name(X509_get_subject_name(certificate), name) ||
	    X509_set_issuer_name(certificate,
		X509_get_subject_name(issuer != NULL ? issuer : certificate)) != 1) {
		X509_free(certificate);
		return NULL;
	}
	return certificate;
}

static X509 *
new_authority(EVP_PKEY *key)
{
	X509 *authority = new_certificate(key, "marketsim certificate authority", NULL);

	if (authority != NULL &&
	    add_extension(authority, authority, NID_basic_constraints, "critical,CA:TRUE") &&
	    add_extension(authority, authority, NID_key_usage, "critical,keyCertSign,cRLSign") &&
	    add_extension(authority, authority, NID_subject_key_identifier, "hash") &&
	    X509_sign(authority, key, EVP_sha256()) > 0)
		return authority;
	X509_free(authority);
	return NULL;
}

static X509 *
new_server(EVP_PKEY *key, X509 *authority, EVP_PKEY *authority_key)
{
	X509 *server = new_certificate(key, "marketsim", authority);

	if (server != NULL &&
	    add_extension(server, authority, NID_basic_constraints, "critical,CA:FALSE") &&
	    add_extension(server, authority, NID_key_usage, "critical,digitalSignature") &&
	    add_extension(server, authority, NID_ext_key_usage, "serverAuth") &&
	    add_extension(server, authority, NID_authority_key_identifier, "keyid") &&
	    add_extension(server, authority, NID_subject_alt_name,
		"DNS:localhost,IP:127.0.0.1,IP:::1") &&
	    X509_sign(server, authority_key, EVP_sha256()) > 0)
		return server;
	X509_free(server);
	return NULL;
}

/* Writes one PEM file, complete before it has its name.  0 or a negative errno. */
static int
write_pem(const char *file, X509 *certificate, EVP_PKEY *key)
{
	char draft[PATH_MAX + 8];
	bool written;
	FILE *out;
	int fd;

	snprintf(draft, sizeof(draft), "%s.new", file);
	fd = open(draft, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, key != NULL ? 0600 : 0644);
	out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (out == NULL) {
		int error = -errno;

		if (fd >= 0)
			close(fd);
		return error;
	}
	written = key != NULL ? PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1
			      : PEM_write_X509(out, certificate) == 1;
	if (fclose(out) != 0 || !written)
		return -EIO;
	return rename(draft, file) < 0 ? -errno : 0;
}

static int
make_all(const struct certificates *certificates)
{
	EVP_PKEY *authority_key = EVP_EC_gen("P-256"), *key = EVP_EC_gen("P-256");
	X509 *authority = NULL, *server = NULL;
	int error = -EIO;

	if (authority_key != NULL && key != NULL)
		authority = new_authority(authority_key);
	if (authority != NULL)
		server = new_server(key, authority, authority_key);
	if (server != NULL)
		error = write_pem(certificates->key_file, NULL, key);
	if (error == 0)
		error = write_pem(certificates->server_file, server, NULL);
	if (error == 0)
		error = write_pem(certificates->ca_file, authority, NULL);
	X509_free(server);
	X509_free(authority);
	EVP_PKEY_free(key);
	EVP_PKEY_free(authority_key);
	return error;
}

int
certificates_ready(struct certificates *certificates, const char *dir, struct problem *problem)
{
	int error;

	if (strlen(dir) > PATH_MAX - 16)
		return problem_set(problem, -ENAMETOOLONG, "%.64s...: too long", dir);
	if (mkdir(dir, 0755) < 0 && errno != EEXIST)
		return problem_set(problem, -errno, "cannot make %s: %s", dir, strerror(errno));
	snprintf(certificates->ca_file, PATH_MAX, "%.*s/ca.pem", PATH_MAX - 16, dir);
	snprintf(certificates->server_file, PATH_MAX, "%.*s/server.pem", PATH_MAX - 16, dir);
	snprintf(certificates->key_file, PATH_MAX, "%.*s/server.key", PATH_MAX - 16, dir);
	if (access(certificates->ca_file, R_OK) == 0 &&
	    access(certificates->server_file, R_OK) == 0 &&
	    access(certificates->key_file, R_OK) == 0)
		return 0;
	error = make_all(certificates);
	if (error < 0)
		return problem_set(problem, error, "cannot make certificates in %s: %s", dir,
		    strerror(-error));
	return 0;
}
