#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "access.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"

enum { RECENT = 256, SELDOM_S = 60 };

struct recent {
    int64_t token_id, at_us; /* monotonic; 0: free */
    char object[80];
};

struct access_log {
    struct recent recent[RECENT];
    size_t next;
};

struct entry {
    char *who, *what, *object;
};

struct access_log *access_new(struct web *web)
{
    return xcalloc(1, sizeof(struct access_log));
}

void access_free(struct access_log *log)
{
    free(log);
}

static void entry_free(void *arg)
{
    struct entry *entry = arg;

    free(entry->who);
    free(entry->what);
    free(entry->object);
    free(entry);
}

static void write_entry(struct store *store, void *arg)
{
    struct entry *entry = arg;
    struct error err;

    if (!access_append(store, entry->who, entry->what, entry->object, &err))
        log_error("access not logged", "who='%s' what=%s object=%s why='%s'", entry->who,
                  entry->what, entry->object, err.text);
}

void access_note(struct web *web, const struct who *who, const char *what,
                 const char *object)
{
    struct entry *entry = xmalloc(sizeof *entry);

    *entry = (struct entry){ xstrdup(who ? who->name : "kengctl"), xstrdup(what),
                             xstrdup(object) };
    if (desk_ask(web->duties, write_entry, entry_free, entry))
        return;
    log_error("access not logged", "who='%s' what=%s object=%s why='the queue is full'",
              entry->who, what, object);
    entry_free(entry);
}

void access_note_seldom(struct web *web, const struct who *who, const char *what,
                        const char *object)
{
    struct access_log *log = web->access;
    int64_t now = clock_mono_us();
    char key[80];

    snprintf(key, sizeof key, "%s %s", what, object);
    for (size_t i = 0; i < RECENT; i++) {
        struct recent *recent = &log->recent[i];
        if (recent->at_us && now - recent->at_us < SECONDS_US(SELDOM_S) &&
            recent->token_id == who->token_id && strcmp(recent->object, key) == 0)
            return;
    }
    struct recent *slot = &log->recent[log->next++ % RECENT];
    *slot = (struct recent){ .token_id = who->token_id, .at_us = now };
    snprintf(slot->object, sizeof slot->object, "%s", key);
    access_note(web, who, what, object);
}
