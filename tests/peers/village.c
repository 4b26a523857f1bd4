/*
 * village: simulated cameras for tests, benches and the demo, served by gst-rtsp-server,
 * which shares no code with what kengd is made of.
 *
 *   village --port PORT [--user NAME --password TEXT] [--login basic] [--tls FILE]
 *           [--transport tcp|udp] [--stats FILE] [--moves FILE] CAMERA...
 *   CAMERA: name:main=CLIP[,sub=CLIP][,audio=aac|pcma|pcmu]
 *
 * Serves rtsp://127.0.0.1:PORT/<name>/main and /sub from Annex B clips (.h264, .h265) at 15
 * frames a second. The clip loops, its timestamps and sequence numbers run on. A channel
 * begins at a keyframe and runs while somebody watches.
 *
 * Each access unit begins with a user-data SEI (H.264 7.3.2.3.1, H.265 7.3.2.4, payload
 * type 5), so that what a recorder kept can be compared with what was sent:
 *     KENGD-VILLAGE-1: <name>/<channel> s<sequence> f<frame in the clip> t<wall ns>;
 * --tls: RTSPS with the certificate and key of the PEM file. --transport: the only one.
 * --stats: a JSON object of counters, replaced twice a second. --moves: a line each time
 * somebody in the scene begins to move, from the clip's JSON (tests/peers/scenes.c).
 */
#include <getopt.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { FPS = 15, CHANNELS_MAX = 256, CLIPS_MAX = 64, MOVES_MAX = 8 };

struct unit { guint8 *bytes; gsize size; gboolean key; };

struct clip {
    char file[512];
    gboolean h265;
    struct unit *units;
    guint count;
    guint moves[MOVES_MAX]; /* frames from which on somebody who moves is large enough for an event */
    guint move_count;
};

struct channel {
    char name[80];     /* "cong-lang/main" */
    const char *audio; /* NULL, "aac", "pcma" or "pcmu" */
    struct clip *clip;
    GMutex lock;
    GstElement *source, *pipeline; /* NULL while nobody watches */
    gboolean running;
    gint64 next_ns;    /* monotonic time of the next frame */
    GstClockTime begin;
    guint64 in_media;  /* frames since this media began */
    guint64 sequence, bytes;
    guint at;          /* frame in the clip */
};

static struct clip clips[CLIPS_MAX];
static struct channel channels[CHANNELS_MAX];
static int clip_count, channel_count;
static const char *stats_file;
static GstRTSPLowerTrans transports = GST_RTSP_LOWER_TRANS_UNKNOWN; /* any */
static FILE *moves_file;
static GMainLoop *loop;
static volatile sig_atomic_t ending;
static gint64 born_ns;

static gint64 now_ns(clockid_t id)
{
    struct timespec t;

    clock_gettime(id, &t);
    return (gint64)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* ---- clips ------------------------------------------------------------------------------ */

/* The NAL unit at or after `from`: returns its offset, `start` that of its start code. */
static gsize find_nal(const guint8 *d, gsize size, gsize from, gsize *start)
{
    for (gsize i = from; i + 3 <= size; i++)
        if (d[i] == 0 && d[i + 1] == 0 && d[i + 2] == 1) {
            *start = i > from && d[i - 1] == 0 ? i - 1 : i;
            return i + 3;
        }
    *start = size;
    return size;
}

struct nal { gboolean slice, first, key, opens; };

/* `first`: first slice of a picture; `opens`: stands before the slices of a picture. */
static struct nal read_nal(gboolean h265, const guint8 *p)
{
    if (h265) {
        int type = p[0] >> 1 & 63;
        return (struct nal){ .slice = type < 32, .first = type < 32 && p[2] & 0x80,
                             .key = type >= 16 && type <= 23,
                             .opens = type >= 32 && type <= 35 };
    }
    int type = p[0] & 31;
    return (struct nal){ .slice = type == 1 || type == 5,
                         .first = (type == 1 || type == 5) && p[1] & 0x80, .key = type == 5,
                         .opens = type >= 6 && type <= 9 };
}

static void end_unit(struct clip *c, GByteArray **bytes, gboolean key)
{
    gsize size = (*bytes)->len;

    c->units = g_realloc_n(c->units, c->count + 1, sizeof *c->units);
    c->units[c->count++] = (struct unit){ g_byte_array_free(*bytes, FALSE), size, key };
    *bytes = g_byte_array_new();
}

static void read_moves(struct clip *c)
{
    gchar *file = g_strdup(c->file), *text = NULL;
    char *end = strstr(file, "-main.");

    if (!end)
        end = strstr(file, "-sub.");
    if (end) {
        strcpy(end, ".json"); /* shorter than what it replaces, with its ending */
        g_file_get_contents(file, &text, NULL, NULL);
    }
    for (char *p = text; p && (p = strstr(p, "\"visible\": ")) && c->move_count < MOVES_MAX;)
        c->moves[c->move_count++] = (guint)(strtod(p + 11, &p) * FPS);
    g_free(text);
    g_free(file);
}

static struct clip *load_clip(const char *file)
{
    static const guint8 code[4] = { 0, 0, 0, 1 };
    struct clip *c;
    gchar *text;
    gsize size, start, next;
    gboolean key = FALSE, slice = FALSE;

    for (int i = 0; i < clip_count; i++)
        if (!strcmp(clips[i].file, file))
            return &clips[i];
    c = &clips[clip_count++];
    g_strlcpy(c->file, file, sizeof c->file);
    c->h265 = g_str_has_suffix(file, ".h265");
    if (clip_count == CLIPS_MAX || !g_file_get_contents(file, &text, &size, NULL)) {
        fprintf(stderr, "village: cannot read %s\n", file);
        exit(1);
    }
    const guint8 *d = (const guint8 *)text;
    GByteArray *bytes = g_byte_array_new();
    for (gsize nal = find_nal(d, size, 0, &start); nal + 3 < size; nal = next) {
        next = find_nal(d, size, nal, &start);
        struct nal n = read_nal(c->h265, d + nal);
        if (slice && (n.first || n.opens)) {
            end_unit(c, &bytes, key);
            key = slice = FALSE;
        }
        slice |= n.slice;
        key |= n.key;
        g_byte_array_append(bytes, code, sizeof code);
        g_byte_array_append(bytes, d + nal, (guint)(start - nal));
    }
    if (slice)
        end_unit(c, &bytes, key);
    g_byte_array_free(bytes, TRUE);
    g_free(text);
    if (c->count == 0 || !c->units[0].key) {
        fprintf(stderr, "village: %s does not begin with a keyframe\n", file);
        exit(1);
    }
    read_moves(c);
    return c;
}

/* ---- frames ------------------------------------------------------------------------------- */

static gsize write_stamp(guint8 *to, const struct channel *c)
{
    char text[200];
    int length = snprintf(text, sizeof text,
                          "KENGD-VILLAGE-1: %s s%010" G_GUINT64_FORMAT " f%05u t%019"
                          G_GINT64_FORMAT ";", c->name, c->sequence, c->at,
                          now_ns(CLOCK_REALTIME));
    gsize n = 0;

    /* The text has no zero byte, so nothing needs emulation prevention. */
    memcpy(to, "\0\0\0\1", 4);
    n = 4;
    if (c->clip->h265) {
        to[n++] = 39 << 1;
        to[n++] = 1;
    } else {
        to[n++] = 6;
    }
    to[n++] = 5;
    to[n++] = (guint8)length;
    memcpy(to + n, text, (gsize)length);
    n += (gsize)length;
    to[n++] = 0x80;
    return n;
}

static void say_moves(const struct channel *c)
{
    for (guint i = 0; moves_file && i < c->clip->move_count; i++)
        if (c->clip->moves[i] == c->at) {
            fprintf(moves_file, "%s %u %.6f\n", c->name, c->at,
                    (double)now_ns(CLOCK_REALTIME) / 1e9);
            fflush(moves_file);
        }
}

static void push_frame(struct channel *c)
{
    const struct unit *unit = &c->clip->units[c->at];
    guint8 stamp[256];
    gsize size = write_stamp(stamp, c);
    GstBuffer *b = gst_buffer_new_allocate(NULL, size + unit->size, NULL);

    /* The stamp stands before the parameter sets: both belong to the access unit. */
    gst_buffer_fill(b, 0, stamp, size);
    gst_buffer_fill(b, size, unit->bytes, unit->size);
    GST_BUFFER_PTS(b) = c->begin + gst_util_uint64_scale(c->in_media, GST_SECOND, FPS);
    GST_BUFFER_DTS(b) = GST_BUFFER_PTS(b);
    GST_BUFFER_DURATION(b) = GST_SECOND / FPS;
    if (!unit->key)
        GST_BUFFER_FLAG_SET(b, GST_BUFFER_FLAG_DELTA_UNIT);
    say_moves(c);
    c->bytes += size + unit->size;
    gst_app_src_push_buffer(GST_APP_SRC(c->source), b);
    c->sequence++;
    c->in_media++;
    c->at = (c->at + 1) % c->clip->count;
}

/* Where the clip is by the village's clock, moved to the nearest keyframe: the main and the
 * sub-stream of a camera show the same moment, give or take a second. */
static void begin_at_keyframe(struct channel *c, gint64 now)
{
    guint count = c->clip->count, back, on;
    guint at = (guint)((guint64)(now - born_ns) * FPS / 1000000000 % count);

    for (back = 0; !c->clip->units[(at + count - back) % count].key; back++)
        ;
    for (on = 0; !c->clip->units[(at + on) % count].key; on++)
        ;
    c->at = back <= on ? (at + count - back) % count : (at + on) % count;
}

static void begin_channel(struct channel *c, gint64 now)
{
    GstClock *clock = gst_element_get_clock(c->pipeline);

    if (!clock)
        return;
    c->begin = gst_clock_get_time(clock) - gst_element_get_base_time(c->pipeline);
    gst_object_unref(clock);
    c->in_media = 0;
    c->next_ns = now;
    c->running = TRUE;
    begin_at_keyframe(c, now);
}

static gpointer pace(gpointer unused)
{
    while (!ending) {
        gint64 now = now_ns(CLOCK_MONOTONIC), due = now + 20000000;
        for (int i = 0; i < channel_count; i++) {
            struct channel *c = &channels[i];
            g_mutex_lock(&c->lock);
            if (c->source && !c->running)
                begin_channel(c, now);
            while (c->source && c->running && c->next_ns <= now) {
                push_frame(c);
                c->next_ns += 1000000000 / FPS;
            }
            if (c->source && c->running)
                due = MIN(due, c->next_ns);
            g_mutex_unlock(&c->lock);
        }
        struct timespec t = { due / 1000000000, due % 1000000000 };
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
    }
    return NULL;
}

/* ---- the server ------------------------------------------------------------------------------ */

static void on_unprepared(GstRTSPMedia *media, gpointer arg)
{
    struct channel *c = arg;

    g_mutex_lock(&c->lock);
    g_clear_object(&c->source);
    g_clear_object(&c->pipeline);
    c->running = FALSE;
    g_mutex_unlock(&c->lock);
}

/* A camera cannot be wound back, but audiotestsrc says it can, and then PLAY fails. */
static GstPadProbeReturn on_sound_query(GstPad *pad, GstPadProbeInfo *info, gpointer arg)
{
    GstQuery *query = GST_PAD_PROBE_INFO_QUERY(info);

    if (GST_QUERY_TYPE(query) != GST_QUERY_SEEKING)
        return GST_PAD_PROBE_OK;
    gst_query_set_seeking(query, GST_FORMAT_TIME, FALSE, 0, -1);
    return GST_PAD_PROBE_HANDLED;
}

static void refuse_seeking(GstElement *bin)
{
    GstElement *sound = gst_bin_get_by_name_recurse_up(GST_BIN(bin), "sound");

    if (!sound)
        return;
    GstPad *pad = gst_element_get_static_pad(sound, "src");
    gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_QUERY_UPSTREAM, on_sound_query, NULL, NULL);
    gst_object_unref(pad);
    gst_object_unref(sound);
}

static void on_configure(GstRTSPMediaFactory *factory, GstRTSPMedia *media, gpointer arg)
{
    struct channel *c = arg;
    GstElement *bin = gst_rtsp_media_get_element(media);
    GstElement *source = gst_bin_get_by_name_recurse_up(GST_BIN(bin), "source");
    GstCaps *caps = gst_caps_new_simple(c->clip->h265 ? "video/x-h265" : "video/x-h264",
                                        "stream-format", G_TYPE_STRING, "byte-stream",
                                        "alignment", G_TYPE_STRING, "au", "framerate",
                                        GST_TYPE_FRACTION, FPS, 1, NULL);
    GstObject *top = GST_OBJECT(gst_object_ref(bin)), *up;

    refuse_seeking(bin);
    g_object_set(source, "caps", caps, "is-live", TRUE, "format", GST_FORMAT_TIME, "block",
                 FALSE, "max-bytes", (guint64)4 << 20, NULL);
    gst_caps_unref(caps);
    while ((up = gst_object_get_parent(top))) {
        gst_object_unref(top);
        top = up;
    }
    g_mutex_lock(&c->lock);
    g_clear_object(&c->source);
    g_clear_object(&c->pipeline);
    c->source = source;
    c->pipeline = GST_ELEMENT(top);
    c->running = FALSE;
    g_mutex_unlock(&c->lock);
    g_signal_connect(media, "unprepared", G_CALLBACK(on_unprepared), c);
    gst_object_unref(bin);
}

static gchar *launch_line(const struct channel *c)
{
    const char *audio = "";

    if (c->audio && !strcmp(c->audio, "aac"))
        audio = "audiotestsrc name=sound is-live=true wave=ticks ! "
                "audio/x-raw,rate=16000,channels=1 ! "
                "voaacenc bitrate=24000 ! rtpmp4gpay name=pay1 pt=97";
    else if (c->audio && !strcmp(c->audio, "pcma"))
        audio = "audiotestsrc name=sound is-live=true wave=ticks ! "
                "audio/x-raw,rate=8000,channels=1 ! "
                "alawenc ! rtppcmapay name=pay1 pt=8";
    else if (c->audio && !strcmp(c->audio, "pcmu"))
        audio = "audiotestsrc name=sound is-live=true wave=ticks ! "
                "audio/x-raw,rate=8000,channels=1 ! "
                "mulawenc ! rtppcmupay name=pay1 pt=0";
    return g_strdup_printf("( appsrc name=source ! %s name=pay0 pt=96 config-interval=0 "
                           "mtu=1400 %s %s )",
                           c->clip->h265 ? "rtph265pay" : "rtph264pay",
                           c->clip->h265 ? "" : "aggregate-mode=none", audio);
}

static void mount(GstRTSPMountPoints *mounts, struct channel *c, gboolean login)
{
    GstRTSPMediaFactory *factory = gst_rtsp_media_factory_new();
    gchar *line = launch_line(c), *path = g_strdup_printf("/%s", c->name);

    gst_rtsp_media_factory_set_launch(factory, line);
    gst_rtsp_media_factory_set_shared(factory, TRUE);
    gst_rtsp_media_factory_set_latency(factory, 0);
    if (transports != GST_RTSP_LOWER_TRANS_UNKNOWN)
        gst_rtsp_media_factory_set_protocols(factory, transports);
    if (login)
        gst_rtsp_media_factory_add_role(factory, "viewer", GST_RTSP_PERM_MEDIA_FACTORY_ACCESS,
                                        G_TYPE_BOOLEAN, TRUE,
                                        GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, G_TYPE_BOOLEAN,
                                        TRUE, NULL);
    g_signal_connect(factory, "media-configure", G_CALLBACK(on_configure), c);
    gst_rtsp_mount_points_add_factory(mounts, path, factory);
    g_free(path);
    g_free(line);
}

static gboolean write_stats(gpointer unused)
{
    if (ending) {
        g_main_loop_quit(loop);
        return FALSE;
    }
    if (!stats_file)
        return TRUE;
    gchar *part = g_strdup_printf("%s.part", stats_file);
    FILE *out = fopen(part, "w");
    if (out) {
        fprintf(out, "{\"channels\": {");
        for (int i = 0; i < channel_count; i++)
            fprintf(out, "%s\"%s\": {\"on\": %s, \"frames\": %" G_GUINT64_FORMAT
                    ", \"bytes\": %" G_GUINT64_FORMAT "}", i ? ", " : "", channels[i].name,
                    channels[i].running ? "true" : "false", channels[i].sequence,
                    channels[i].bytes);
        fprintf(out, "}}\n");
        fclose(out);
        rename(part, stats_file);
    }
    g_free(part);
    return TRUE;
}

static void add_channel(const char *camera, const char *channel, const char *file,
                        const char *audio)
{
    struct channel *c = &channels[channel_count++];

    if (channel_count == CHANNELS_MAX) {
        fprintf(stderr, "village: too many cameras\n");
        exit(2);
    }
    snprintf(c->name, sizeof c->name, "%s/%s", camera, channel);
    c->audio = audio ? g_strdup(audio) : NULL;
    c->clip = load_clip(file);
    g_mutex_init(&c->lock);
}

/* "name:main=CLIP,sub=CLIP,audio=aac" */
static void add_camera(const char *text)
{
    gchar **name_rest = g_strsplit(text, ":", 2);
    gchar **parts = g_strsplit(name_rest[1] ? name_rest[1] : "", ",", -1);
    const char *audio = NULL;
    gboolean any = FALSE;

    for (gchar **p = parts; *p; p++)
        if (g_str_has_prefix(*p, "audio="))
            audio = *p + 6;
    for (gchar **p = parts; *p; p++) {
        if (g_str_has_prefix(*p, "main="))
            add_channel(name_rest[0], "main", *p + 5, audio);
        else if (g_str_has_prefix(*p, "sub="))
            add_channel(name_rest[0], "sub", *p + 4, NULL);
        else
            continue;
        any = TRUE;
    }
    if (!any) {
        fprintf(stderr, "village: %s: want name:main=CLIP[,sub=CLIP][,audio=...]\n", text);
        exit(2);
    }
    g_strfreev(parts);
    g_strfreev(name_rest);
}

static void on_signal(int number)
{
    ending = 1;
}

static void add_login(GstRTSPAuth *auth, const char *user, const char *password,
                      gboolean basic)
{
    GstRTSPToken *token = gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING,
                                             "viewer", NULL);

    gst_rtsp_auth_set_supported_methods(auth, basic ? GST_RTSP_AUTH_BASIC
                                                    : GST_RTSP_AUTH_DIGEST);
    if (basic) {
        gchar *text = gst_rtsp_auth_make_basic(user, password);
        gst_rtsp_auth_add_basic(auth, text, token);
        g_free(text);
    } else {
        gst_rtsp_auth_add_digest(auth, user, password, token);
    }
    gst_rtsp_token_unref(token);
}

static void add_certificate(GstRTSPAuth *auth, const char *file)
{
    GError *error = NULL;
    GTlsCertificate *certificate = g_tls_certificate_new_from_file(file, &error);

    if (!certificate) {
        fprintf(stderr, "village: %s: %s\n", file, error->message);
        exit(1);
    }
    gst_rtsp_auth_set_tls_certificate(auth, certificate);
    g_object_unref(certificate);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        { "port", required_argument, NULL, 'p' },  { "user", required_argument, NULL, 'u' },
        { "password", required_argument, NULL, 'w' }, { "stats", required_argument, NULL, 's' },
        { "moves", required_argument, NULL, 'm' }, { "login", required_argument, NULL, 'l' },
        { "tls", required_argument, NULL, 't' }, { "transport", required_argument, NULL, 'r' },
        { 0 },
    };
    const char *port = "8554", *user = NULL, *password = NULL, *certificate = NULL;
    gboolean basic = FALSE;
    int option;

    gst_init(&argc, &argv);
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'p': port = optarg; break;
        case 'u': user = optarg; break;
        case 'w': password = optarg; break;
        case 's': stats_file = optarg; break;
        case 'l': basic = !strcmp(optarg, "basic"); break;
        case 't': certificate = optarg; break;
        case 'r':
            transports = !strcmp(optarg, "udp") ? GST_RTSP_LOWER_TRANS_UDP
                                                : GST_RTSP_LOWER_TRANS_TCP;
            break;
        case 'm': moves_file = fopen(optarg, "w"); break;
        default: return 2;
        }
    }
    for (; optind < argc; optind++)
        add_camera(argv[optind]);
    if (channel_count == 0) {
        fprintf(stderr, "village --port PORT [--user NAME --password TEXT] [--login basic] "
                        "[--tls FILE] [--transport tcp|udp] [--stats FILE] [--moves FILE] name:main=CLIP[,sub=CLIP][,audio=...] ...\n");
        return 2;
    }
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    signal(SIGPIPE, SIG_IGN);
    born_ns = now_ns(CLOCK_MONOTONIC);
    loop = g_main_loop_new(NULL, FALSE);

    GstRTSPServer *server = gst_rtsp_server_new();
    GstRTSPMountPoints *mounts = gst_rtsp_server_get_mount_points(server);
    gst_rtsp_server_set_address(server, "127.0.0.1");
    gst_rtsp_server_set_service(server, port);
    GstRTSPAuth *auth = gst_rtsp_auth_new();
    if (user && password)
        add_login(auth, user, password, basic);
    if (certificate)
        add_certificate(auth, certificate);
    if ((user && password) || certificate)
        gst_rtsp_server_set_auth(server, auth);
    g_object_unref(auth);
    for (int i = 0; i < channel_count; i++)
        mount(mounts, &channels[i], user && password);
    g_object_unref(mounts);
    if (!gst_rtsp_server_attach(server, NULL)) {
        fprintf(stderr, "village: cannot listen on 127.0.0.1:%s\n", port);
        return 1;
    }
    g_timeout_add(500, write_stats, NULL);
    GThread *pacer = g_thread_new("pace", pace, NULL);
    printf("village: %d channels on rtsp://127.0.0.1:%s/\n", channel_count, port);
    fflush(stdout);
    g_main_loop_run(loop);
    ending = 1;
    g_thread_join(pacer);
    return 0;
}
