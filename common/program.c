#define _GNU_SOURCE
#include "common/program.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>

#define OVERRIDES_MAX 256 /* -o options a command line: more than there are settings */

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
	if (program->flag != NULL)
		fprintf(out, "  --%s  %s\n", program->flag, program->flag_help);
	fputs(program->help, out);
}

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
	const struct option flags[] = {{program->flag, no_argument, NULL, 'f'}, {0}};
	const char *file = SETTINGS_DEFAULT_FILE, *overrides[OVERRIDES_MAX];
	bool check_only = false;
	size_t count = 0;
	int option, status;

	while ((option = getopt_long(argc, argv, "+c:o:nVh", flags, NULL)) != -1) {
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
		case 'f':
			*program->flag_given = true;
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
