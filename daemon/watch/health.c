#include <stdio.h>
#include <string.h>

#include "core/clock.h"
#include "core/memory.h"
#include "core/text.h"
#include "health.h"

/* Pictures are at least this young where a camera is said to be recording. */
#define FRESH_US SECONDS_US(3)

/* By then there is a state that says more than "connecting". */
#define KNOWN_US SECONDS_US(9)

struct reason {
    const char *code;
    enum camera_state state;
    const char *sentence; /* with a %s for the detail where `detailed` */
    bool detailed;
};

static const struct reason reasons[] = {
    { "wrong_password", CAMERA_REFUSED,
      N_("The camera refuses user or password. Correct them in the configuration, then run "
         "kengctl reload."),
      false },
    { REASON_NO_PASSWORD, CAMERA_REFUSED,
      N_("The camera asks for user and password. Write both into the configuration, then run "
         "kengctl reload."),
      false },
    { REASON_LOGIN_PAUSE, CAMERA_REFUSED,
      N_("User or password were refused three times; kengd waits some minutes, so that the "
         "camera does not lock it out. Correct them in the configuration, then run kengctl "
         "reload."),
      false },
    { REASON_LOGIN_WEAKER, CAMERA_REFUSED,
      N_("The camera suddenly asks for the password in the clear. Check that it is the right "
         "camera, then restart kengd."),
      false },
    { REASON_LOGIN_CLEAR, CAMERA_REFUSED,
      N_("The camera asks for the password in the clear, which 'login: digest' forbids. Choose "
         "digest in the camera's settings."),
      false },
    { REASON_LOGIN_METHOD, CAMERA_REFUSED,
      N_("The camera asks for a way of logging in that kengd does not know. Choose digest or "
         "basic in the camera's settings."),
      false },
    { "wrong_path", CAMERA_REFUSED,
      N_("The camera does not know the path in its url. Correct it in the configuration, then "
         "run kengctl reload."),
      false },
    { "busy", CAMERA_REFUSED,
      N_("The camera takes no more viewers. Close other programs that watch it, or raise its "
         "limit of connections."),
      false },
    { "answer", CAMERA_REFUSED,
      N_("The camera refuses: %s. Check its settings, and its url in the configuration."),
      true },
    { "codec", CAMERA_REFUSED,
      N_("The camera's video (%s) cannot be used. Choose plain H.264 or H.265 in the "
         "camera's video settings."),
      true },
    { "transport", CAMERA_REFUSED,
      N_("The camera refuses the way its video should travel. Write 'transport: auto' for it, "
         "or choose the same way in the camera's settings."),
      false },
    { "no_udp", CAMERA_NO_VIDEO,
      N_("The camera says that it plays, but its video does not arrive over UDP. Write "
         "'transport: tcp' for it, or let UDP from it through the firewall."),
      false },
    { "mixed", CAMERA_NO_VIDEO,
      N_("The camera sends pictures of an older session among these, and is opened anew. If it "
         "does so often, restart it, or update its firmware."),
      false },
    { "foreign", CAMERA_REFUSED,
      N_("The camera would send its video from another address, which is refused. Write "
         "'transport: tcp' for it, or restart the camera."),
      false },
    { "tls_expired", CAMERA_REFUSED,
      N_("The camera's certificate has expired. Renew it in the camera, or pin it: tls: "
         "{fingerprint: \"%s\"}"),
      true },
    { "tls_early", CAMERA_REFUSED,
      N_("The camera's certificate is not valid yet. Set the clock of the server or of the "
         "camera right, or pin it: tls: {fingerprint: \"%s\"}"),
      true },
    { "tls_name", CAMERA_REFUSED,
      N_("The camera's certificate is for another name than the url. Write that name into the "
         "url, or pin it: tls: {fingerprint: \"%s\"}"),
      true },
    { "tls_issuer", CAMERA_REFUSED,
      N_("Nobody whom this server trusts has signed the camera's certificate. If it is the right "
         "camera, pin it: tls: {fingerprint: \"%s\"}"),
      true },
    { "tls_fingerprint", CAMERA_REFUSED,
      N_("The camera shows another certificate than the one that was pinned, or another device "
         "answers. If it was renewed, write: tls: {fingerprint: \"%s\"}"),
      true },
    { "tls", CAMERA_REFUSED,
      N_("The camera does not speak TLS here: %s. Check the port in the url, and that RTSPS is "
         "switched on in the camera."),
      true },
    { "tls_trust", CAMERA_REFUSED,
      N_("The camera's certificate cannot be checked: %s."), true },
    { "unusable", CAMERA_REFUSED, N_("The camera cannot be used: %s."), true },
    { REASON_PORT_CLOSED, CAMERA_LOST,
      N_("The device at the camera's address answers, but its RTSP port is closed. Check the "
         "port in the url, and that RTSP is switched on in the camera."),
      false },
    { REASON_UNKNOWN_HOST, CAMERA_LOST,
      N_("The camera's host name is unknown. Check the name in the url, or write its IP "
         "address."),
      false },
    { REASON_NO_ANSWER, CAMERA_LOST,
      N_("The camera does not answer. Check its power, its cable and its address."),
      false },
    { REASON_NO_ROUTE, CAMERA_LOST,
      N_("The server has no way to the camera's network. Check its cable and its network "
         "settings."),
      false },
    { REASON_ADDRESS, CAMERA_LOST,
      N_("The address in the camera's url cannot be used. Correct it in the configuration, "
         "then run kengctl reload."),
      false },
    { "silent", CAMERA_LOST,
      N_("The camera takes the connection and then says nothing. Restart the camera."),
      false },
    { "closed", CAMERA_LOST,
      N_("The camera has closed the connection. If that goes on, restart the camera."),
      false },
    { "no_video", CAMERA_NO_VIDEO,
      N_("The camera is connected but sends no pictures. Check its video settings, or restart "
         "it."),
      false },
    { REASON_FROZEN, CAMERA_FROZEN,
      N_("The camera sends the same picture again and again: what happens before it is not "
         "seen. Restart the camera."),
      false },
    { REASON_DARK, CAMERA_COVERED,
      N_("The camera's picture has suddenly become dark. See whether something is before its "
         "lens, or a lamp has gone out."),
      false },
    { REASON_FLAT, CAMERA_COVERED,
      N_("Nothing can be made out in the camera's picture. See whether its lens is covered or "
         "painted over."),
      false },
    { REASON_BLURRED, CAMERA_COVERED,
      N_("The camera's picture is blurred. Clean its lens, or set its focus."), false },
    { REASON_TURNED, CAMERA_COVERED,
      N_("The camera shows another place than it always did. See whether it was turned. If "
         "that is meant, run kengctl camera learn, or wait a day."),
      false },
    { REASON_CRASHED, CAMERA_LOST,
      N_("The process that reads this camera has failed and was started again. If that goes "
         "on, report it with what journalctl -u kengd says."),
      false },
    { REASON_FLOODS, CAMERA_LOST,
      N_("More comes from this camera than a camera can send, so what reads it was started "
         "again. Restart the camera; if that goes on, see journalctl -u kengd."),
      false },
    { REASON_NO_SANDBOX, CAMERA_LOST,
      N_("The process that reads this camera cannot be sandboxed, and does not run without. "
         "See journalctl -u kengd."),
      false },
    { REASON_NO_PROCESS, CAMERA_LOST,
      N_("The server cannot start the process that reads this camera. Restart kengd; if that "
         "goes on, see journalctl -u kengd."),
      false },
    { REASON_MACHINE, CAMERA_LOST,
      N_("The server could not connect: %s. If that goes on, restart kengd."), true },
};

/* What a process of another version may say. */
static const struct reason unknown = {
    "unknown", CAMERA_LOST, N_("The camera cannot be read: %s. See journalctl -u kengd."),
    true
};

const char *camera_state_word(enum camera_state state)
{
    static const char *const words[] = { [CAMERA_CONNECTING] = "connecting",
                                         [CAMERA_RECORDING] = "recording",
                                         [CAMERA_FROZEN] = "frozen",
                                         [CAMERA_COVERED] = "covered",
                                         [CAMERA_NO_VIDEO] = "no_video",
                                         [CAMERA_REFUSED] = "refused",
                                         [CAMERA_LOST] = "lost" };

    return words[state];
}

bool camera_state_records(enum camera_state state)
{
    return state == CAMERA_RECORDING || state == CAMERA_FROZEN || state == CAMERA_COVERED;
}

void health_begin(struct health *h)
{
    *h = (struct health){ .began_us = clock_mono_us() };
    h->is.state = CAMERA_CONNECTING;
    h->is.since_us = clock_wall_us();
}

void health_saw_picture(struct health *h)
{
    h->picture_us = clock_mono_us();
    h->is.last_frame_us = clock_wall_us();
    h->trouble[0] = h->detail[0] = 0;
}

void health_broke_off(struct health *h)
{
    h->picture_us = 0;
    h->began_us = clock_mono_us();
}

/* Pictures have their 3 s to come; what was wrong before is no longer. */
void health_is_playing(struct health *h)
{
    if (!h->picture_us)
        health_has_trouble(h, "", "");
}

void health_has_trouble(struct health *h, const char *code, const char *detail)
{
    snprintf(h->trouble, sizeof h->trouble, "%s", code);
    snprintf(h->detail, sizeof h->detail, "%s", detail);
    text_cut_utf8(h->detail);
}

void health_sees(struct health *h, const char *view)
{
    h->view = view;
}

static const struct reason *find_reason(const char *code)
{
    for (size_t i = 0; i < COUNT_OF(reasons); i++)
        if (strcmp(reasons[i].code, code) == 0)
            return &reasons[i];
    return &unknown;
}

/* The sentence, with the detail in the place of its %s: in the site's language if the
 * process chose it from its own, else in the camera's words. A translation is no format.
 */
static void write_sentence(const struct reason *reason, const char *detail, char *to,
                           size_t room)
{
    const char *sentence = text(reason->sentence);
    const char *at = reason->detailed ? strstr(sentence, "%s") : NULL;

    if (at)
        snprintf(to, room, "%.*s%s%s", (int)(at - sentence), sentence, text(detail),
                 at + 2);
    else
        snprintf(to, room, "%s", sentence);
    text_cut_utf8(to);
}

void health_sentence(const struct health *h, enum language language, char *to,
                     size_t room)
{
    *to = 0;
    if (!h->is.reason_code[0])
        return;
    enum language before = text_use(language);
    write_sentence(find_reason(h->is.reason_code), h->detail[0] ? h->detail : h->trouble,
                   to, room);
    text_use(before);
}

static bool set(struct health *h, enum camera_state state, const struct reason *reason)
{
    struct camera_health *is = &h->is;
    char sentence[sizeof is->reason] = "";
    const char *code = reason ? reason == &unknown ? h->trouble : reason->code : "";

    if (reason)
        write_sentence(reason, h->detail[0] ? h->detail : h->trouble, sentence,
                       sizeof sentence);
    if (is->state == state && !strcmp(is->reason_code, code) &&
        !strcmp(is->reason, sentence))
        return false;
    if (is->state != state)
        is->since_us = clock_wall_us();
    is->state = state;
    snprintf(is->reason_code, sizeof is->reason_code, "%s", code);
    memcpy(is->reason, sentence, sizeof is->reason);
    return true;
}

bool health_look(struct health *h)
{
    int64_t now = clock_mono_us();
    const struct reason *reason = find_reason("no_video");

    if (h->picture_us && now - h->picture_us <= FRESH_US) {
        reason = h->view ? find_reason(h->view) : NULL;
        return set(h, reason ? reason->state : CAMERA_RECORDING, reason);
    }
    if (h->trouble[0]) {
        reason = find_reason(h->trouble);
        return set(h, reason->state, reason);
    }
    if (h->picture_us)
        return set(h, CAMERA_NO_VIDEO, reason);
    /* Neither trouble nor pictures: what it was goes on while it connects anew, and a
     * first try that takes this long is told as what it is. */
    if (h->is.state != CAMERA_CONNECTING && !camera_state_records(h->is.state))
        return false;
    if (now - h->began_us > KNOWN_US) {
        reason = find_reason("silent");
        return set(h, reason->state, reason);
    }
    return set(h, CAMERA_CONNECTING, NULL);
}
