#include "progress.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "call.h"
#include "core/memory.h"
#include "run.h"

enum { ASK_MS = 300 };

/* "rebuild" or "check" of the status; a new reference. NULL: it was told why. */
static json_t *ask_state(const struct args *args, FILE *err)
{
    const struct question question = { .socket = args->socket,
                                       .method = "GET",
                                       .address = "/api/control/status",
                                       .language = text_language() };
    struct error error = { 0 };
    struct answer answer;

    if (!call(&question, &answer, &error)) {
        fprintf(err, "kengctl: %s\n", error.text);
        return NULL;
    }
    json_t *state =
        json_object_get(answer.json, args->word == WORD_SCRUB ? "check" : "rebuild");
    if (!state)
        fputs(_("kengctl: kengd's answer cannot be read; is it of the same version?\n"), err);
    json_incref(state);
    answer_clear(&answer);
    return state;
}

static long long number(const json_t *state, const char *name)
{
    return json_integer_value(json_object_get(state, name));
}

/* Over itself on a terminal; a file gets the end only. */
static void show(const struct args *args, const json_t *state, FILE *err)
{
    if (!isatty(fileno(err)))
        return;
    fputc('\r', err);
    if (args->word == WORD_SCRUB)
        fprintf(err, _("%lld of %lld recordings, %lld damaged  "), number(state, "done"),
                number(state, "total"), number(state, "damaged"));
    else
        fprintf(err, _("camera %lld of %lld: %lld added, %lld put right, %lld without a file  "),
                number(state, "camera"), number(state, "cameras"), number(state, "added"),
                number(state, "closed"), number(state, "lost"));
    fflush(err);
}

static int tell_end(const struct args *args, const json_t *state, FILE *out)
{
    bool well = json_is_true(json_object_get(state, "well"));

    if (!well)
        fputs(_("It was broken off; kengd's log says why.\n"), out);
    else if (args->word == WORD_SCRUB)
        fprintf(out, _("%lld recordings were read, %lld are damaged.\n"), number(state, "done"),
                number(state, "damaged"));
    else
        fprintf(out, _("%lld added, %lld put right, %lld without a file.\n"),
                number(state, "added"), number(state, "closed"), number(state, "lost"));
    return well && number(state, "damaged") == 0 ? EXIT_WELL : EXIT_FAILED;
}

int progress_wait(const struct args *args, FILE *out, FILE *err)
{
    for (;;) {
        json_t *state = ask_state(args, err);
        if (!state)
            return EXIT_FAILED;
        if (!json_is_true(json_object_get(state, "runs"))) {
            if (isatty(fileno(err)))
                fputc('\n', err);
            int status = tell_end(args, state, out);
            json_decref(state);
            return status;
        }
        show(args, state, err);
        json_decref(state);
        nanosleep(&(struct timespec){ .tv_nsec = ASK_MS * 1000000L }, NULL);
    }
}
