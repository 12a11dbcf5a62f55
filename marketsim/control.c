#include "marketsim/control.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#define ID_MAX 64 /* bytes of an answer's id; longer ones become null */

static void
add_id(struct body *reply, const json_t *id)
{
	char *text = id != NULL ? json_dumps(id, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;

	body_add(reply, ",\"id\":");
	body_add(reply, text != NULL && strlen(text) <= ID_MAX ? text : "null");
	body_add(reply, "}");
	free(text);
}

static void
refuse(struct body *reply, int code, const char *text, const json_t *id)
{
	body_print(reply, "{\"error\":{\"code\":%d,\"msg\":\"%s\"}", code, text);
	add_id(reply, id);
}

static int
change(struct subscriptions *subscriptions, const struct trade_source *source,
    const json_t *params, bool add)
{
	int error;

	for (size_t i = 0; i < json_array_size(params); i++) {
		const json_t *param = json_array_get(params, i);
		const char *name = json_string_value(param);
		size_t length = json_string_length(param);
		int stream;

		if (name == NULL || strlen(name) != length)
			return -EINVAL;
		stream = stream_of_name(source->instruments, source->count, name, length);
		if (!add) {
			subscriptions_remove(subscriptions, name, stream);
			continue;
		}
		error = subscriptions_add(subscriptions, name, length, stream);
		if (error < 0)
			return error;
	}
	return 0;
}

static void
handle_change(struct subscriptions *subscriptions, const struct trade_source *source,
    const json_t *root, bool add, struct body *reply)
{
	const json_t *params = json_object_get(root, "params"), *id = json_object_get(root, "id");
	int error = json_is_array(params) ? change(subscriptions, source, params, add) : -EINVAL;

	if (error == -E2BIG) {
		refuse(reply, 2, "Invalid request: more than 1024 streams", id);
	} else if (error < 0) {
		refuse(reply, 2, "Invalid request: params must be an array of stream names", id);
	} else {
		body_add(reply, "{\"result\":null");
		add_id(reply, id);
	}
}

static void
handle_list(const struct subscriptions *subscriptions, const json_t *id, struct body *reply)
{
	body_add(reply, "{\"result\":[");
	for (size_t i = 0; i < subscriptions->count; i++) {
		body_add(reply, i > 0 ? ",\"" : "\"");
		body_add(reply, subscriptions->names[i]);
		body_add(reply, "\"");
	}
	body_add(reply, "]");
	add_id(reply, id);
}

void
control_handle(struct subscriptions *subscriptions, const struct trade_source *source,
    const char *message, size_t length, struct body *reply)
{
	json_t *root = json_loadb(message, length, 0, NULL);
	const char *method = json_string_value(json_object_get(root, "method"));
	const json_t *id = json_object_get(root, "id");

	if (root == NULL)
		refuse(reply, 3, "Invalid JSON", NULL);
	else if (method == NULL)
		refuse(reply, 2, "Invalid request: method is missing", id);
	else if (strcmp(method, "SUBSCRIBE") == 0)
		handle_change(subscriptions, source, root, true, reply);
	else if (strcmp(method, "UNSUBSCRIBE") == 0)
		handle_change(subscriptions, source, root, false, reply);
	else if (strcmp(method, "LIST_SUBSCRIPTIONS") == 0)
		handle_list(subscriptions, id, reply);
	else
		refuse(reply, 2, "Invalid request: unknown method", id);
	json_decref(root);
}
