#define _GNU_SOURCE
#include "common/control.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "tests/unit/common/scratch.h"

/* A server on a loop of its own thread; the tests ask from outside. */
struct running {
	uv_loop_t loop;
	uv_async_t end;
	pthread_t thread;
	struct control_server *server;
	char path[SCRATCH_PATH_SIZE];
};

/* What is in the file that came with the question, as text; null without one. */
static json_t *
read_file_that_came(struct running *running)
{
	int file = control_server_take_file(running->server);
	char text[64] = "";

	assert_int_equal(control_server_take_file(running->server), -1);
	if (file < 0)
		return json_pack("{s:n}", "file");
	assert_true(pread(file, text, sizeof(text) - 1, 0) >= 0);
	assert_true(fcntl(file, F_GETFD) & FD_CLOEXEC);
	close(file);
	return json_pack("{s:s}", "file", text);
}

/* Answers with the question, or as the question wants it. */
static json_t *
echo(void *context, const json_t *request)
{
	const char *want = json_string_value(json_object_get(request, "want"));
	json_t *answer;
	char *text;

	if (want == NULL)
		return json_pack("{s:O}", "asked", request);
	if (strcmp(want, "file") == 0)
		return read_file_that_came(context);
	if (strcmp(want, "error") == 0)
		return control_error("no-luck", "asked for %d", 7);
	if (strcmp(want, "nothing") == 0)
		return NULL;
	text = calloc(1, 3000001);
	assert_non_null(text);
	memset(text, 'x', 3000000);
	answer = json_pack("{s:s}", "long", text);
	free(text);
	return answer;
}

static void
on_end(uv_async_t *async)
{
	struct running *running = async->data;

	control_server_close(running->server);
	uv_close((uv_handle_t *)async, NULL);
}

static void *
run(void *context)
{
	struct running *running = context;

	uv_run(&running->loop, UV_RUN_DEFAULT);
	return NULL;
}

static struct running *
start(void **state)
{
	struct running *running = calloc(1, sizeof(*running));
	struct problem problem;

	assert_non_null(running);
	snprintf(running->path, sizeof(running->path), "%s", scratch_path(state, "control.sock"));
	assert_int_equal(uv_loop_init(&running->loop), 0);
	assert_int_equal(control_server_create(&running->server, &running->loop, running->path,
			     echo, running, &problem), 0);
	assert_int_equal(uv_async_init(&running->loop, &running->end, on_end), 0);
	running->end.data = running;
	assert_int_equal(pthread_create(&running->thread, NULL, run, running), 0);
	return running;
}

static void
stop(struct running *running)
{
	uv_async_send(&running->end);
	assert_int_equal(pthread_join(running->thread, NULL), 0);
	assert_int_equal(uv_loop_close(&running->loop), 0);
	assert_int_equal(access(running->path, F_OK), -1);
	free(running);
}

static json_t *
ask(const struct running *running, const char *text)
{
	json_t *request = json_loads(text, 0, NULL), *answer = NULL;
	struct problem problem;

	assert_int_equal(control_ask(running->path, request, SCRATCH_WAIT_MS, &answer, &problem), 0);
	json_decref(request);
	return answer;
}

/* Asks {"want":WANT} with the file; what the answer says of it is the caller's to free. */
static char *
ask_with_file(const struct running *running, const char *want, int file)
{
	json_t *request = json_pack("{s:s}", "want", want), *answer = NULL;
	struct problem problem;
	const char *text;
	char *copy;

	assert_int_equal(control_ask_with_file(running->path, request, file, SCRATCH_WAIT_MS,
			     &answer, &problem), 0);
	text = json_string_value(json_object_get(answer, "file"));
	copy = text == NULL ? NULL : strdup(text);
	json_decref(request);
	json_decref(answer);
	return copy;
}

static int
open_files(void)
{
	int count = 0;

	for (int fd = 0; fd < 1024; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

static int
connect_raw(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Reads until `lines` lines have come or the other end is closed; returns how many came. */
static int
read_lines(int fd, char *text, size_t size, int lines)
{
	size_t used = 0;
	int seen = 0;

	while (seen < lines && used + 1 < size) {
		ssize_t count = recv(fd, text + used, 1, 0);

		if (count <= 0)
			break;
		seen += text[used] == '\n';
		used++;
	}
	text[used] = '\0';
	return seen;
}

static void
a_question_gets_its_answer(void **state)
{
	struct running *running = start(state);
	json_t *answer = ask(running, "{\"command\":\"status\",\"n\":[1,\"\\n\"]}");

	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(answer, "asked"), "command")), "status");
	assert_null(control_error_message(answer));
	json_decref(answer);
	stop(running);
}

static void
a_file_goes_with_a_question(void **state)
{
	int file = open(scratch_file(state, "one", "in the file"), O_RDONLY | O_CLOEXEC);
	struct running *running = start(state);
	char *text = ask_with_file(running, "file", file);

	assert_string_equal(text, "in the file");
	assert_null(ask_with_file(running, "file", -1));
	assert_int_equal(lseek(file, 0, SEEK_CUR), 0);
	free(text);
	close(file);
	stop(running);
}

static void
a_file_of_a_connection_goes_with_its_own_question_only(void **state)
{
	struct running *running = start(state);
	int file = open(scratch_file(state, "one", "first"), O_RDONLY | O_CLOEXEC);
	static const char questions[] = "{\"want\":\"file\"}\n{\"want\":\"file\"}\n";
	char bytes[CMSG_SPACE(sizeof(int))] = {0}, text[256];
	struct iovec part = {.iov_base = (char *)questions, .iov_len = sizeof(questions) - 1};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = bytes,
		.msg_controllen = sizeof(bytes)};
	int fd = connect_raw(running->path);

	CMSG_FIRSTHDR(&message)->cmsg_level = SOL_SOCKET;
	CMSG_FIRSTHDR(&message)->cmsg_type = SCM_RIGHTS;
	CMSG_FIRSTHDR(&message)->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &file, sizeof(file));
	assert_int_equal(sendmsg(fd, &message, 0), (ssize_t)sizeof(questions) - 1);
	assert_int_equal(read_lines(fd, text, sizeof(text), 2), 2);
	assert_string_equal(text, "{\"file\":\"first\"}\n{\"file\":null}\n");
	close(file);
	close(fd);
	stop(running);
}

static void
a_file_that_nobody_takes_is_closed(void **state)
{
	int before = open_files();
	struct running *running = start(state);
	int file = open(scratch_file(state, "one", ""), O_RDONLY | O_CLOEXEC);

	for (int i = 0; i < 20; i++)
		assert_null(ask_with_file(running, "error", file));
	close(file);
	stop(running);
	assert_int_equal(open_files(), before);
}

static void
an_error_carries_its_code_and_message(void **state)
{
	struct running *running = start(state);
	json_t *answer = ask(running, "{\"want\":\"error\"}");

	assert_string_equal(control_error_message(answer), "asked for 7");
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(answer, "error"), "code")), "no-luck");
	json_decref(answer);
	stop(running);
}

static void
a_long_answer_comes_whole(void **state)
{
	struct running *running = start(state);
	json_t *answer = ask(running, "{\"want\":\"long\"}");

	assert_int_equal(json_string_length(json_object_get(answer, "long")), 3000000);
	json_decref(answer);
	stop(running);
}

static void
several_questions_of_one_connection_are_answered_in_order(void **state)
{
	struct running *running = start(state);
	static const char questions[] = "{\"n\":1}\n{\"n\":2}\nrubbish\n{\"n\":3}\n";
	int fd = connect_raw(running->path);
	char text[1024];

	assert_int_equal(send(fd, questions, 5, 0), 5);
	pause_ms(5); /* a line in two parts */
	assert_true(send(fd, questions + 5, sizeof(questions) - 6, 0) > 0);
	assert_int_equal(read_lines(fd, text, sizeof(text), 4), 4);
	assert_string_equal(text,
	    "{\"asked\":{\"n\":1}}\n{\"asked\":{\"n\":2}}\n{\"error\":{\"code\":\"bad-request\","
	    "\"message\":\"one JSON object a line is expected\"}}\n{\"asked\":{\"n\":3}}\n");
	close(fd);
	stop(running);
}

static void
a_line_without_end_is_refused_and_closed(void **state)
{
	struct running *running = start(state);
	char filler[CONTROL_REQUEST_MAX], text[256];
	int fd = connect_raw(running->path);

	memset(filler, ' ', sizeof(filler));
	assert_int_equal(send(fd, filler, sizeof(filler), 0), (ssize_t)sizeof(filler));
	assert_int_equal(read_lines(fd, text, sizeof(text), 2), 1);
	assert_non_null(strstr(text, "too-long"));
	close(fd);
	stop(running);
}

static void
more_connections_than_allowed_are_told_so(void **state)
{
	struct running *running = start(state);
	int fds[CONTROL_CONNECTIONS_MAX], one_more;
	json_t *answer = NULL;
	char text[256];

	for (int i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		fds[i] = connect_raw(running->path);
	one_more = connect_raw(running->path);
	assert_int_equal(read_lines(one_more, text, sizeof(text), 2), 1);
	assert_non_null(strstr(text, "busy"));
	close(one_more);
	for (int i = 0; i < CONTROL_CONNECTIONS_MAX; i++)
		close(fds[i]);
	do { /* until the server has seen them go */
		json_decref(answer);
		answer = ask(running, "{}");
	} while (control_error_message(answer) != NULL);
	json_decref(answer);
	stop(running);
}

static void
a_server_ends_with_connections_open_and_answers_unread(void **state)
{
	struct running *running = start(state);
	int silent = connect_raw(running->path), deaf = connect_raw(running->path);

	assert_true(send(deaf, "{\"want\":\"long\"}\n", 16, 0) > 0);
	json_decref(ask(running, "{}"));
	stop(running);
	close(silent);
	close(deaf);
}

static void
a_handler_without_memory_closes_the_connection(void **state)
{
	struct running *running = start(state);
	json_t *request = json_pack("{s:s}", "want", "nothing"), *answer = NULL;
	struct problem problem;

	assert_int_equal(
	    control_ask(running->path, request, SCRATCH_WAIT_MS, &answer, &problem), -EPROTO);
	assert_null(answer);
	assert_non_null(strstr(problem.text, running->path));
	json_decref(request);
	stop(running);
}

/* In a process of another user: 0 if it is told that it may not ask. */
static int
ask_as_nobody(void *context)
{
	const struct running *running = context;
	char text[256];
	int fd;

	if (setgid(65534) < 0 || setuid(65534) < 0)
		return 2;
	fd = connect_raw(running->path);
	if (fd < 0)
		return 3;
	return read_lines(fd, text, sizeof(text), 2) == 1 && strstr(text, "forbidden") != NULL ? 0 : 4;
}

static void
another_user_is_refused(void **state)
{
	struct running *running;

	if (geteuid() != 0)
		skip(); /* only root can become somebody else */
	running = start(state);
	/* Past the first wall, the file's mode, to see the second one. */
	assert_int_equal(chmod(*state, 0711) | chmod(running->path, 0666), 0);
	assert_int_equal(end_of(fork_child(ask_as_nobody, running)), 0);
	stop(running);
}

static void
nobody_at_the_other_end_is_a_sentence(void **state)
{
	const char *path = scratch_path(state, "none.sock");
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	json_t *request = json_object(), *answer;
	struct problem problem;

	assert_int_equal(control_ask(path, request, 1000, &answer, &problem), -ENOENT);
	assert_non_null(strstr(problem.text, "is it running?"));
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(control_ask(path, request, 1000, &answer, &problem), -ECONNREFUSED);
	assert_int_equal(listen(fd, 4), 0); /* somebody listens, and never answers */
	assert_int_equal(control_ask(path, request, 50, &answer, &problem), -ETIMEDOUT);
	json_decref(request);
	close(fd);
}

static void
what_an_earlier_run_left_at_the_path_is_replaced(void **state)
{
	struct running *running;

	(void)scratch_file(state, "control.sock", "left");
	running = start(state);
	json_decref(ask(running, "{}"));
	stop(running);
}

static void
a_path_too_long_for_a_socket_is_refused_by_name(void **state)
{
	struct control_server *server;
	struct problem problem;
	char path[200];
	uv_loop_t loop;

	memset(path, 'a', sizeof(path) - 1);
	path[sizeof(path) - 1] = '\0';
	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(
	    control_server_create(&server, &loop, path, echo, NULL, &problem), -ENAMETOOLONG);
	assert_non_null(strstr(problem.text, path));
	assert_int_equal(uv_loop_close(&loop), 0);
}

static void
a_path_that_cannot_be_bound_leaves_nothing_behind(void **state)
{
	struct control_server *server;
	struct problem problem;
	uv_loop_t loop;

	assert_int_equal(uv_loop_init(&loop), 0);
	assert_int_equal(control_server_create(&server, &loop, scratch_path(state, "no/such/dir"),
			     echo, NULL, &problem), -EACCES); /* libuv's word for ENOENT here */
	uv_run(&loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&loop), 0);
}

#define ON_DISK(test) cmocka_unit_test_setup_teardown(test, scratch_make, scratch_remove)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON_DISK(a_question_gets_its_answer),
		ON_DISK(a_file_goes_with_a_question),
		ON_DISK(a_file_of_a_connection_goes_with_its_own_question_only),
		ON_DISK(a_file_that_nobody_takes_is_closed),
		ON_DISK(an_error_carries_its_code_and_message),
		ON_DISK(a_long_answer_comes_whole),
		ON_DISK(several_questions_of_one_connection_are_answered_in_order),
		ON_DISK(a_line_without_end_is_refused_and_closed),
		ON_DISK(more_connections_than_allowed_are_told_so),
		ON_DISK(a_server_ends_with_connections_open_and_answers_unread),
		ON_DISK(a_handler_without_memory_closes_the_connection),
		ON_DISK(another_user_is_refused),
		ON_DISK(nobody_at_the_other_end_is_a_sentence),
		ON_DISK(what_an_earlier_run_left_at_the_path_is_replaced),
		cmocka_unit_test(a_path_too_long_for_a_socket_is_refused_by_name),
		ON_DISK(a_path_that_cannot_be_bound_leaves_nothing_behind),
	};

	return cmocka_run_group_tests_name("common/control", tests, NULL, NULL);
}
