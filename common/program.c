#define _GNU_SOURCE
#include "common/program.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#define OVERRIDES_MAX 256 /* -o options a command line: more than there are settings */
#define OWN_OPTION 'p'	  /* what getopt_long() answers for options of a program's own */

static bool
is_option(const struct program_option *own)
{
	return own != NULL && own->name != NULL;
}

static void
print_usage(const struct program *program, FILE *out)
{
	fprintf(out,
	    "usage: %s [-c FILE] [-o SECTION.NAME=VALUE]... [-nVh]%s%s\n"
	    "  -c FILE  settings (default " SETTINGS_DEFAULT_FILE
	    "), then conf.d/*.conf beside it\n"
	    "  -o SECTION.NAME=VALUE  set one setting; again for more\n"
	    "  -n       check the settings, name every fault, and exit with 0 or 78\n"
	    "  -V       print the version\n"
	    "  -h       print this help\n",
	    program->name, program->arguments[0] == '\0' ? "" : " ", program->arguments);
	for (const struct program_option *own = program->options; is_option(own); own++)
		fprintf(out, "  --%s%s%s  %s\n", own->name, own->arguments == NULL ? "" : " ",
		    own->arguments == NULL ? "" : own->arguments, own->help);
	fputs(program->help, out);
}

/* ---- options of a program's own ---- */

/* What getopt_long() wants to know of them; `ret` is ended by zeros. */
static void
name_options(const struct program *program, struct option ret[static PROGRAM_OPTIONS_MAX + 1])
{
	const struct program_option *own = program->options;

	for (int i = 0; i < PROGRAM_OPTIONS_MAX && is_option(own); i++, own++)
		ret[i] = (struct option){own->name,
		    own->arguments == NULL ? no_argument : required_argument, NULL, OWN_OPTION};
}

/* An option of its own was met, its first value in optarg: -1 to go on, else the exit status. */
static int
take_option(const struct program *program, const struct program_option *own, int argc, char **argv)
{
	int values = 0;

	if (own->given != NULL)
		*own->given = true;
	if (own->print != NULL) {
		own->print(stdout);
		return fflush(stdout) == 0 ? EX_OK : EX_IOERR;
	}
	if (own->arguments == NULL)
		return -1;
	own->ret_values[values++] = optarg;
	/* getopt_long() knows of one value; the others are the next words. */
	for (const char *at = own->arguments; (at = strchr(at, ' ')) != NULL; at++) {
		if (optind == argc || strncmp(argv[optind], "--", 2) == 0) {
			fprintf(stderr, "%s: --%s: expected %s\n", program->name, own->name,
			    own->arguments);
			return EX_USAGE;
		}
		own->ret_values[values++] = argv[optind++];
	}
	return -1;
}

/* ---- the command line ---- */

static int
load(const struct program *program, const char *file, const char *const *overrides, size_t count,
    struct settings *ret_settings)
{
	struct settings_faults faults;
	int error = settings_load(ret_settings, file, overrides, count, &faults);

	for (size_t i = 0; i < faults.count && i < SETTINGS_FAULTS_MAX; i++)
		fprintf(stderr, "%s: %s\n", program->name, faults.texts[i]);
	if (faults.count > SETTINGS_FAULTS_MAX)
		fprintf(stderr, "%s: and %zu more faults\n", program->name,
		    faults.count - SETTINGS_FAULTS_MAX);
	settings_faults_free(&faults);
	if (error == 0)
		return -1;
	settings_free(ret_settings);
	return error == -ENOMEM ? EX_OSERR : EX_CONFIG;
}

int
program_options(const struct program *program, int argc, char **argv, struct settings *ret_settings,
    int *ret_first)
{
	struct option own[PROGRAM_OPTIONS_MAX + 1] = {0};
	const char *file = SETTINGS_DEFAULT_FILE, *overrides[OVERRIDES_MAX];
	bool check_only = false;
	size_t count = 0;
	int option, status, which = 0;

	name_options(program, own);
	while ((option = getopt_long(argc, argv, "+c:o:nVh", own, &which)) != -1) {
		switch (option) {
		case 'c':
			file = optarg;
			break;
		case 'o':
			if (count == OVERRIDES_MAX) {
				fprintf(stderr, "%s: more than %d -o options\n", program->name,
				    OVERRIDES_MAX);
				return EX_USAGE;
			}
			overrides[count++] = optarg;
			break;
		case OWN_OPTION:
			status = take_option(program, &program->options[which], argc, argv);
			if (status >= 0)
				return status;
			break;
		case 'n':
			check_only = true;
			break;
		case 'V':
			printf("%s %s\n", program->name, PROGRAM_VERSION);
			return EX_OK;
		case 'h':
			print_usage(program, stdout);
			return EX_OK;
		default:
			print_usage(program, stderr);
			return EX_USAGE;
		}
	}
	if (optind < argc && program->arguments[0] == '\0') {
		fprintf(stderr, "%s: %s: no arguments are expected\n", program->name, argv[optind]);
		return EX_USAGE;
	}
	status = load(program, file, overrides, count, ret_settings);
	if (status < 0 && check_only) {
		settings_free(ret_settings);
		status = EX_OK;
	}
	*ret_first = optind;
	return status;
}

int
program_exit_status(int error)
{
	switch (error) {
	case 0:
		return EX_OK;
	case -EBUSY:
	case -EADDRINUSE:
	case -EAGAIN:
	case -EEXIST:
		return EX_TEMPFAIL;
	case -EPROTO: /* a database of a newer schema: a restart changes nothing */
	case -EINVAL:
		return EX_CONFIG;
	default:
		return EX_OSERR;
	}
}
