#include <mosquitto.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/text.h"
#include "mqtt.h"
#include "parts.h"
#include "wording.h"

enum { KEEP_ALIVE_S = 20, QOS = 1, MOTION_S = 60 };

/* A parcel on its way: each letter has a message id until the broker has taken it. */
struct sending {
    LIST_ENTRY(sending) next;
    receipt_fn *done;
    void *arg;
    int *ids;
    size_t count, left;
};

struct camera_word {
    char camera[ID_MAX], state[24];
};

struct mqtt {
    atomic_uint refs; /* the room's, and one for each post under way */
    struct ways *ways; /* NULL: closed */
    struct loop *loop;
    const struct settings *set;
    struct mosquitto *client;
    bool connected;
    LIST_HEAD(, sending) sendings;
    struct camera_word *words;
    size_t word_count;
};

static void mqtt_unref(struct mqtt *mqtt)
{
    if (atomic_fetch_sub(&mqtt->refs, 1) != 1)
        return;
    settings_unref(mqtt->set);
    free(mqtt->words);
    free(mqtt);
}

/* ---- what is retained ----------------------------------------------------------------- */

static void retain(struct mqtt *mqtt, const char *topic, const char *text)
{
    mosquitto_publish(mqtt->client, NULL, topic, (int)strlen(text), text, QOS, true);
}

static void publish_word(struct mqtt *mqtt, const struct camera_word *word)
{
    char *topic = xformat("%s/cameras/%s/state", mqtt->set->channels.mqtt.prefix,
                          word->camera);

    retain(mqtt, topic, word->state);
    free(topic);
}

/* Source: Home Assistant, MQTT discovery and binary_sensor.mqtt. */
static void discover(struct mqtt *mqtt, const struct camera_settings *camera, bool motion)
{
    const char *prefix = mqtt->set->channels.mqtt.prefix;
    const char *what = motion ? "motion" : "connectivity";
    char *topic = xformat("%s/binary_sensor/%s_%s_%s/config",
                          mqtt->set->channels.mqtt.discovery, prefix, camera->id, what);
    json_t *object = json_pack(
        "{s:s, s:o, s:o, s:o, s:s, s:s, s:s, s:{s:[o], s:s, s:s}}", "name",
        motion ? _("Motion") : _("Connection"), "unique_id",
        json_sprintf("%s_%s_%s", prefix, camera->id, what), "state_topic",
        json_sprintf("%s/cameras/%s/%s", prefix, camera->id, motion ? "motion" : "state"),
        "availability_topic", json_sprintf("%s/status", prefix), "device_class", what,
        "payload_on", motion ? "ON" : "recording", "payload_off", motion ? "OFF" : "lost",
        "device", "identifiers", json_sprintf("%s_%s", prefix, camera->id), "name",
        camera->name, "manufacturer", "kengd");

    if (motion)
        json_object_set_new(object, "off_delay", json_integer(MOTION_S));
    else
        json_object_set_new(
            object, "value_template",
            json_string("{{ 'recording' if value == 'recording' else 'lost' }}"));
    char *text = json_dumps(object, JSON_COMPACT);
    retain(mqtt, topic, text ? text : "");
    free(text);
    json_decref(object);
    free(topic);
}

static void introduce(struct mqtt *mqtt)
{
    char *status = xformat("%s/status", mqtt->set->channels.mqtt.prefix);

    retain(mqtt, status, "online");
    free(status);
    for (size_t i = 0; i < mqtt->set->camera_count; i++) {
        discover(mqtt, &mqtt->set->cameras[i], false);
        discover(mqtt, &mqtt->set->cameras[i], true);
    }
    for (size_t i = 0; i < mqtt->word_count; i++)
        publish_word(mqtt, &mqtt->words[i]);
}

void mqtt_camera(struct mqtt *mqtt, const char *camera, const char *state)
{
    struct camera_word *word = NULL;

    if (!mqtt)
        return;
    for (size_t i = 0; i < mqtt->word_count; i++)
        if (strcmp(mqtt->words[i].camera, camera) == 0)
            word = &mqtt->words[i];
    if (!word) {
        mqtt->words =
            xrealloc(mqtt->words, (mqtt->word_count + 1) * sizeof *mqtt->words);
        word = &mqtt->words[mqtt->word_count++];
        snprintf(word->camera, sizeof word->camera, "%s", camera);
    }
    snprintf(word->state, sizeof word->state, "%s", state);
    if (mqtt->connected)
        publish_word(mqtt, word);
}

static void tell_reach(struct ways *ways, bool answered)
{
    char *url = xformat("mqtt://%s:%d", ways->set->channels.mqtt.host,
                        ways->set->channels.mqtt.port);

    outbox_reached(ways->duty->outbox, url, answered);
    free(url);
}

/* ---- the library's thread --------------------------------------------------------------- */

struct word_of_client {
    struct mqtt *mqtt;
    enum { CLIENT_UP, CLIENT_DOWN, CLIENT_TAKEN } what;
    int id;
};

static void finish(struct mqtt *mqtt, struct sending *sending, enum receipt_result result)
{
    LIST_REMOVE(sending, next);
    receipt_post(mqtt->ways, sending->done, sending->arg, result,
                 result == RECEIPT_TAKEN ? "" : _("the MQTT broker is gone"));
    free(sending->ids);
    free(sending);
}

static void take(struct mqtt *mqtt, int id)
{
    struct sending *sending;

    LIST_FOREACH(sending, &mqtt->sendings, next)
        for (size_t i = 0; i < sending->count; i++)
            if (sending->ids[i] == id) {
                sending->ids[i] = -1;
                if (--sending->left == 0)
                    finish(mqtt, sending, RECEIPT_TAKEN);
                return;
            }
}

static void on_word(void *arg)
{
    struct word_of_client *word = arg;
    struct mqtt *mqtt = word->mqtt;

    if (mqtt->ways && word->what == CLIENT_UP) {
        mqtt->connected = true;
        tell_reach(mqtt->ways, true);
        log_info("mqtt connected", "host=%s", mqtt->set->channels.mqtt.host);
        introduce(mqtt);
    } else if (mqtt->ways && word->what == CLIENT_DOWN) {
        if (mqtt->connected)
            log_warning("mqtt disconnected", "host=%s", mqtt->set->channels.mqtt.host);
        mqtt->connected = false;
        while (!LIST_EMPTY(&mqtt->sendings))
            finish(mqtt, LIST_FIRST(&mqtt->sendings), RECEIPT_AGAIN);
    } else if (mqtt->ways) {
        take(mqtt, word->id);
    }
    mqtt_unref(mqtt);
    free(word);
}

static void post(struct mqtt *mqtt, struct word_of_client what)
{
    struct word_of_client *word = xmalloc(sizeof *word);

    *word = what;
    word->mqtt = mqtt;
    atomic_fetch_add(&mqtt->refs, 1);
    loop_post(mqtt->loop, on_word, word);
}

static void on_connect(struct mosquitto *client, void *arg, int code)
{
    post(arg, (struct word_of_client){ .what = code == 0 ? CLIENT_UP : CLIENT_DOWN });
}

static void on_disconnect(struct mosquitto *client, void *arg, int code)
{
    post(arg, (struct word_of_client){ .what = CLIENT_DOWN });
}

static void on_publish(struct mosquitto *client, void *arg, int id)
{
    post(arg, (struct word_of_client){ .what = CLIENT_TAKEN, .id = id });
}

/* ---- life ------------------------------------------------------------------------------- */

static bool configure(struct mqtt *mqtt)
{
    const struct settings *set = mqtt->set;
    char *status = xformat("%s/status", set->channels.mqtt.prefix);
    bool well = mosquitto_will_set(mqtt->client, status, 7, "offline", QOS, true) == 0;

    free(status);
    mosquitto_connect_callback_set(mqtt->client, on_connect);
    mosquitto_disconnect_callback_set(mqtt->client, on_disconnect);
    mosquitto_publish_callback_set(mqtt->client, on_publish);
    mosquitto_reconnect_delay_set(mqtt->client, 1, 30, true);
    if (well && set->channels.mqtt.user)
        well = mosquitto_username_pw_set(mqtt->client, set->channels.mqtt.user,
                                         set->channels.mqtt.password) == 0;
    if (well && set->channels.mqtt.tls)
        well = mosquitto_tls_set(mqtt->client, NULL, "/etc/ssl/certs", NULL, NULL, NULL) == 0;
    /* The first connection may fail at once (no route): the thread tries again. */
    if (well)
        mosquitto_connect_async(mqtt->client, set->channels.mqtt.host,
                                set->channels.mqtt.port, KEEP_ALIVE_S);
    return well && mosquitto_loop_start(mqtt->client) == 0;
}

struct mqtt *mqtt_open(struct ways *ways)
{
    if (!ways->set->channels.mqtt.host)
        return NULL;
    mosquitto_lib_init();
    struct mqtt *mqtt = xcalloc(1, sizeof *mqtt);
    mqtt->refs = 1;
    mqtt->ways = ways;
    mqtt->loop = ways->loop;
    mqtt->set = settings_ref(ways->set);
    mqtt->client = mosquitto_new(NULL, true, mqtt);
    if (mqtt->client && configure(mqtt))
        return mqtt;
    log_error("mqtt cannot be used", "host=%s", ways->set->channels.mqtt.host);
    mqtt_close(mqtt);
    return NULL;
}

void mqtt_close(struct mqtt *mqtt)
{
    if (!mqtt)
        return;
    while (!LIST_EMPTY(&mqtt->sendings))
        finish(mqtt, LIST_FIRST(&mqtt->sendings), RECEIPT_AGAIN);
    mqtt->ways = NULL;
    if (mqtt->client) {
        char *status = xformat("%s/status", mqtt->set->channels.mqtt.prefix);
        if (mqtt->connected)
            retain(mqtt, status, "offline");
        free(status);
        mosquitto_disconnect(mqtt->client);
        mosquitto_loop_stop(mqtt->client, true);
        mosquitto_destroy(mqtt->client);
    }
    mqtt->client = NULL;
    mqtt_unref(mqtt);
}

/* ---- alerts ----------------------------------------------------------------------------- */

static bool publish_letter(struct mqtt *mqtt, const struct parcel *parcel,
                           const struct letter *letter, int *id)
{
    const struct event_row *event = &letter->alert.event;
    const char *prefix = mqtt->set->channels.mqtt.prefix;
    char *topic = xformat("%s/alerts/%s", prefix, event->area);
    json_t *object = wording_letter(parcel->set, letter, parcel->part.late_before_us);
    char *text = json_dumps(object, JSON_COMPACT);
    bool well = mosquitto_publish(mqtt->client, id, topic, (int)strlen(text), text, QOS,
                                  false) == MOSQ_ERR_SUCCESS;

    if (event->kind == EVENT_MOTION && event->camera && parcel->part.pick == PICK_FRESH &&
        strcmp(letter->delivery.what, "raised") == 0) {
        char *motion = xformat("%s/cameras/%s/motion", prefix, event->camera);
        mosquitto_publish(mqtt->client, NULL, motion, 2, "ON", QOS, false);
        free(motion);
    }
    free(text);
    json_decref(object);
    free(topic);
    return well;
}

static void mqtt_send(struct ways *ways, const struct parcel *parcel, receipt_fn *done,
                      void *arg)
{
    struct mqtt *mqtt = ways->mqtt;

    if (!ways->set->channels.mqtt.host) {
        receipt_post(ways, done, arg, RECEIPT_GONE,
                     _("it is not in the configuration any more"));
        return;
    }
    if (!mqtt || !mqtt->connected) {
        tell_reach(ways, false);
        receipt_post(ways, done, arg, RECEIPT_AGAIN,
                     _("the MQTT broker cannot be reached"));
        return;
    }
    struct sending *sending = xcalloc(1, sizeof *sending);
    sending->done = done;
    sending->arg = arg;
    sending->ids = xcalloc(parcel->count, sizeof *sending->ids);
    LIST_INSERT_HEAD(&mqtt->sendings, sending, next);
    for (size_t i = 0; i < parcel->count; i++) {
        if (!publish_letter(mqtt, parcel, &parcel->letters[i], &sending->ids[i])) {
            finish(mqtt, sending, RECEIPT_AGAIN);
            return;
        }
        sending->count = ++sending->left;
    }
}

const struct channel_kind channel_mqtt = {
    .name = "mqtt",
    .letters = 1, /* each is a message of its own, and a kill may repeat only one */
    .follows = true,
    .send = mqtt_send,
};
