/* WS-Discovery: one probe to everybody, and who answers within some seconds. */
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/memory.h"
#include "core/secret.h"
#include "core/text.h"
#include "media.h"
#include "probe.h"
#include "table.h"

enum { DISCOVERY_PORT = 3702, DEVICES_MAX = 256, DATAGRAMS_MAX = 1024 };

/* Devices answer within half a second, each at a time of its own; the network may be
 * slow. */
#define LISTEN_US SECONDS_US(4)

struct device {
    char host[INET6_ADDRSTRLEN]; /* whoever sent the answer */
    int port;
    char name[ONVIF_TEXT], hardware[ONVIF_TEXT];
    char login[40]; /* "": not tried, "well", or what went wrong */
    struct onvif_said profiles;
};

struct search {
    int socket;
    struct sockaddr_in to;
    struct device *devices;
    size_t count;
    int datagrams;
};

/* ---- asking -------------------------------------------------------------------------
 */

static void write_probe(char *to, size_t room)
{
    uint8_t random[16];
    char id[33];

    secret_random(random, sizeof random);
    for (int i = 0; i < 16; i++)
        sprintf(id + 2 * i, "%02x", random[i]);
    snprintf(
        to, room,
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><e:Envelope xmlns:e=\""
        "http://www.w3.org/2003/05/soap-envelope\" xmlns:w=\""
        "http://schemas.xmlsoap.org/ws/2004/08/addressing\" xmlns:d=\""
        "http://schemas.xmlsoap.org/ws/2005/04/discovery\" xmlns:dn=\""
        "http://www.onvif.org/ver10/network/wsdl\"><e:Header><w:MessageID>"
        "uuid:%.8s-%.4s-4%.3s-a%.3s-%.12s</w:MessageID><w:To e:mustUnderstand=\"true\">"
        "urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To><w:Action "
        "e:mustUnderstand=\"true\">http://schemas.xmlsoap.org/ws/2005/04/discovery/"
        "Probe</w:Action></e:Header><e:Body><d:Probe><d:Types>"
        "dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body></e:Envelope>",
        id, id + 8, id + 12, id + 16, id + 20);
}

/* To a group once by every interface that carries it, else once. */
static bool send_probe(const struct search *s)
{
    bool group = IN_MULTICAST(ntohl(s->to.sin_addr.s_addr)), sent = false;
    struct ifaddrs *all = NULL;
    char probe[1500];

    write_probe(probe, sizeof probe);
    if (!group)
        return sendto(s->socket, probe, strlen(probe), 0, (const struct sockaddr *)&s->to,
                      sizeof s->to) > 0;
    if (getifaddrs(&all) < 0)
        return false;
    for (struct ifaddrs *at = all; at; at = at->ifa_next) {
        if (!at->ifa_addr || at->ifa_addr->sa_family != AF_INET ||
            !(at->ifa_flags & IFF_UP) || !(at->ifa_flags & IFF_MULTICAST))
            continue;
        struct in_addr by = ((struct sockaddr_in *)at->ifa_addr)->sin_addr;
        setsockopt(s->socket, IPPROTO_IP, IP_MULTICAST_IF, &by, sizeof by);
        sent |= sendto(s->socket, probe, strlen(probe), 0,
                       (const struct sockaddr *)&s->to, sizeof s->to) > 0;
    }
    freeifaddrs(all);
    return sent;
}

/* ADDRESS or ADDRESS:PORT; NULL: everybody. */
static bool read_target(const char *operand, struct sockaddr_in *to)
{
    char host[64];
    const char *colon = operand ? strchr(operand, ':') : NULL;
    int length = colon ? (int)(colon - operand) : operand ? (int)strlen(operand) : 0;
    long port = colon ? strtol(colon + 1, NULL, 10) : DISCOVERY_PORT;

    *to = (struct sockaddr_in){ .sin_family = AF_INET };
    if (length >= (int)sizeof host || port < 1 || port > UINT16_MAX)
        return false;
    to->sin_port = htons((uint16_t)port);
    snprintf(host, sizeof host, "%.*s", length, operand ? operand : "");
    return inet_pton(AF_INET, operand ? host : "239.255.255.250", &to->sin_addr) == 1;
}

/* ---- answers ------------------------------------------------------------------------
 */

/* What stands behind "onvif://www.onvif.org/<what>/" among the scopes, decoded. */
static void find_scope(const char *scopes, const char *what, char *to, size_t room)
{
    char *begin = xformat("onvif://www.onvif.org/%s/", what);
    const char *at = strstr(scopes, begin);
    size_t used = 0;

    if (at)
        for (at += strlen(begin); *at && *at != ' ' && used + 1 < room; at++) {
            unsigned code;
            if (*at == '%' && sscanf(at + 1, "%2x", &code) == 1 && code >= ' ' &&
                code != 127) {
                to[used++] = (char)code;
                at += 2;
            } else {
                to[used++] = *at;
            }
        }
    to[used] = 0;
    if (!text_is_utf8(to, used))
        to[0] = 0;
    free(begin);
}

static int port_of(const char *addresses)
{
    const char *host = strstr(addresses, "://");
    const char *end = host ? host + 3 + strcspn(host + 3, "/ ") : NULL;
    const char *colon = host ? memrchr(host + 3, ':', (size_t)(end - host - 3)) : NULL;
    long port = colon ? strtol(colon + 1, NULL, 10) : 80;

    return port > 0 && port <= UINT16_MAX ? (int)port : 80;
}

static void keep(struct search *s, const char *host, const struct onvif_said *said)
{
    for (size_t i = 0; i < s->count; i++)
        if (strcmp(s->devices[i].host, host) == 0 &&
            s->devices[i].port == port_of(said->uri))
            return;
    if (s->count == DEVICES_MAX)
        return;
    struct device *d = &s->devices[s->count++];
    snprintf(d->host, sizeof d->host, "%s", host);
    d->port = port_of(said->uri);
    find_scope(said->scopes, "name", d->name, sizeof d->name);
    find_scope(said->scopes, "hardware", d->hardware, sizeof d->hardware);
}

/* The datagram is read where a device's bytes are read: in a sandboxed process. */
static void take_datagram(struct prober *p, struct search *s, struct onvif *reader)
{
    struct onvif_ask ask = { .call = ONVIF_MATCHES, .path = "/" };
    struct sockaddr_in from;
    socklen_t from_size = sizeof from;
    char host[INET6_ADDRSTRLEN];
    struct onvif_said said;
    ssize_t size = recvfrom(s->socket, ask.datagram, sizeof ask.datagram - 1,
                            MSG_DONTWAIT, (struct sockaddr *)&from, &from_size);

    if (size <= 0 || ++s->datagrams > DATAGRAMS_MAX)
        return;
    ask.datagram[size] = 0;
    bool utf8 = text_is_utf8(ask.datagram, (size_t)size);
    for (ssize_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)ask.datagram[i];
        if (c < ' ' || c == 127 || (c >= 0x80 && !utf8))
            ask.datagram[i] = ' ';
    }
    inet_ntop(AF_INET, &from.sin_addr, host, sizeof host);
    if (!prober_ask(p, reader, &ask, &said))
        keep(s, host, &said);
}

/* One that was asked alone answers once. */
static void listen_for(struct prober *p, struct search *s)
{
    int most = IN_MULTICAST(ntohl(s->to.sin_addr.s_addr)) ? DATAGRAMS_MAX : 1;
    struct onvif *reader = onvif_open(p->watch, "discover", "127.0.0.1", 80, NULL, NULL);
    int64_t until_us = clock_mono_us() + LISTEN_US, left_us;

    while ((left_us = until_us - clock_mono_us()) > 0 && s->datagrams < most) {
        struct pollfd fd = { .fd = s->socket, .events = POLLIN };
        if (poll(&fd, 1, (int)(left_us / 1000) + 1) > 0)
            take_datagram(p, s, reader);
    }
    onvif_close(reader);
}

/* ---- profiles -----------------------------------------------------------------------
 */

static void ask_profiles(struct prober *p, struct device *d)
{
    struct onvif *device = onvif_open(p->watch, "discover", d->host, (uint16_t)d->port,
                                      p->user, p->password);
    struct onvif_said date;
    struct media media;
    const char *trouble = "login_pause";

    if (prober_failed_logins(p, d->host, d->port, false) < p->allowed) {
        device_ask(p, device, ONVIF_DATE, "/onvif/device_service", "", &date);
        trouble = media_open(&media, p, device, &d->profiles);
    }
    for (int i = 0; !trouble && i < d->profiles.profile_count; i++)
        media_encoder(&media, &d->profiles.profiles[i]);
    if (onvif_failed_logins(device) > 0)
        prober_failed_logins(p, d->host, d->port, true);
    snprintf(d->login, sizeof d->login, "%s", trouble ? trouble : "well");
    onvif_close(device);
}

/* ---- telling ------------------------------------------------------------------------
 */

static json_t *devices_json(const struct search *s)
{
    json_t *list = json_array();

    for (size_t i = 0; i < s->count; i++) {
        const struct device *d = &s->devices[i];
        json_t *profiles = json_array();
        for (int k = 0; k < d->profiles.profile_count; k++) {
            const struct onvif_profile *at = &d->profiles.profiles[k];
            json_array_append_new(profiles,
                                  json_pack("{s:s, s:s, s:i, s:i, s:i, s:i}", "name",
                                            at->name, "encoding", at->encoding, "width",
                                            at->width, "height", at->height, "fps",
                                            at->fps, "gop", at->gop));
        }
        json_array_append_new(list, json_pack("{s:s, s:i, s:s, s:s, s:s, s:o}", "host",
                                              d->host, "port", d->port, "name", d->name,
                                              "hardware", d->hardware, "login", d->login,
                                              "profiles", profiles));
    }
    return json_pack("{s:o}", "devices", list);
}

/* What its profiles are, or why they are not known. */
static void add_profiles(struct table *table, const struct device *d)
{
    struct bytes note = { 0 };

    if (d->login[0] && strcmp(d->login, "well") != 0)
        bytes_text(&note, d->login);
    for (int k = 0; k < d->profiles.profile_count; k++) {
        const struct onvif_profile *at = &d->profiles.profiles[k];
        bytes_format(&note, "%s%s: %s %dx%d, %d/s, GOP %d", k ? "; " : "", at->name,
                     at->encoding, at->width, at->height, at->fps, at->gop);
    }
    if (note.size > 0) {
        char *text = bytes_take(&note);
        table_note(table, text);
        free(text);
    }
}

static void print_devices(const struct search *s, FILE *out)
{
    const char *const heads[] = { _("ADDRESS"), _("ONVIF PORT"), _("NAME"), _("MODEL"),
                                  NULL };
    struct table *table = table_new(heads);

    for (size_t i = 0; i < s->count; i++) {
        const struct device *d = &s->devices[i];
        char port[8];
        snprintf(port, sizeof port, "%d", d->port);
        table_add(table, d->host);
        table_add(table, port);
        table_add(table, d->name);
        table_add(table, d->hardware);
        add_profiles(table, d);
    }
    table_print(table, out);
    table_free(table);
    fputs(_("Next: kengctl camera probe ADDRESS\n"), out);
}

static void ask_all(struct prober *p, struct search *s, const struct args *args,
                    FILE *err)
{
    if (!args->user || s->count == 0)
        return;
    p->user = args->user;
    char *password = prober_read_password(err, p->user, _("these devices"));
    p->password = password;
    for (size_t i = 0; i < s->count && password; i++)
        ask_profiles(p, &s->devices[i]);
    secret_free_text(password);
    p->password = NULL;
}

int camera_discover(const struct args *args, FILE *out, FILE *err)
{
    struct search s = { .socket = -1 };
    struct prober p = { .loop = NULL };
    int status = EXIT_FAILURE;

    if (!read_target(args->operand, &s.to)) {
        fprintf(err, _("kengctl: %s is no IPv4 address\n"), args->operand);
        return 2;
    }
    if (!prober_open(&p, args, err))
        goto done;
    s.devices = xcalloc(DEVICES_MAX, sizeof *s.devices);
    s.socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s.socket < 0 || !send_probe(&s)) {
        fprintf(err, _("kengctl: this machine cannot ask its network: %s\n"),
                error_of_system(errno));
        goto done;
    }
    fputs(_("listening for some seconds\n"), err);
    listen_for(&p, &s);
    ask_all(&p, &s, args, err);
    status = EXIT_SUCCESS;
    if (args->json) {
        json_t *told = devices_json(&s);
        json_dumpf(told, out, JSON_INDENT(2));
        fputc('\n', out);
        json_decref(told);
    } else if (s.count > 0) {
        print_devices(&s, out);
    } else {
        fputs(
            _("No ONVIF device answered. Cameras of another network, and those with ONVIF "
              "turned off, do not; kengctl camera probe ADDRESS asks one.\n"),
            out);
    }

done:
    if (s.socket >= 0)
        close(s.socket);
    free(s.devices);
    prober_close(&p);
    return status;
}
