/*
 * Any bytes as keng.db: opening it, asking everything and writing to it must not crash,
 * whatever they claim. The first byte chooses: 0 takes the rest as the whole file, else
 * it is changes to a sound catalogue (u32 where, u8 how many, bytes), which get further
 * in.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/bytes.h"
#include "core/memory.h"
#include "store/access_rows.h"
#include "store/alert_rows.h"
#include "store/segment_rows.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size);

static char dir[] = "/dev/shm/keng-fuzz-XXXXXX";
static struct bytes sound;

static void write_to(struct store *s)
{
    struct segment_row segment = { .camera = (char *)"gate",
                                   .start_us = 1,
                                   .end_us = 2,
                                   .path = (char *)"gate/new.mp4",
                                   .codecs = (char *)"" };
    struct gap_row gap = { .camera = (char *)"gate", .start_us = 5 };
    struct event_row event = { .camera = (char *)"gate", .area = (char *)"east" };
    struct alert_row alert = { .raised_us = 5, .escalate_us = 9 };
    struct delivery_row delivery = { .recipient = (char *)"person:an",
                                     .channel = (char *)"page" };
    struct token_row token = { .hash = { 1 } };

    segment_insert(s, &segment, NULL);
    segment_extend(s, segment.id, 9, 1000, false, NULL);
    gap_begin(s, &gap, NULL);
    row_id_new(5, event.id);
    event_insert(s, &event, NULL);
    memcpy(alert.id, event.id, sizeof alert.id);
    alert.event = event;
    alert_insert(s, &alert, NULL);
    memcpy(delivery.alert, alert.id, sizeof delivery.alert);
    delivery_insert(s, &delivery, NULL);
    token_insert(s, &token, NULL);
    token.parent = token.id;
    token.hash[0] = 2;
    token_insert(s, &token, NULL);
    access_append(s, "An", "live", "camera:gate", NULL);
    login_note(s, "10.0.0.1:554 viewer", LOGIN_FAILED, 7, 5, NULL);
}

static void ask_records(struct store *s)
{
    struct segment_list segments;
    struct gap_list gaps;
    int64_t first, last, sum;

    segments_between(s, "gate", 0, INT64_MAX, &segments, NULL);
    segment_list_free(&segments);
    segments_open(s, &segments, NULL);
    segment_list_free(&segments);
    segments_oldest(s, &(struct segment_wish){ .before_us = INT64_MAX, .limit = 100 },
                    &segments, NULL);
    for (size_t i = 0; i < segments.count; i++)
        segment_delete(s, segments.rows[i].id, NULL);
    segment_list_free(&segments);
    segments_extent(s, "gate", &first, &last, &sum, NULL);
    gaps_between(s, "gate", 0, INT64_MAX, &gaps, NULL);
    gap_list_free(&gaps);
}

static void ask_duties(struct store *s)
{
    const struct row_filter all = { .limit = 100 };
    struct event_list events;
    struct alert_list alerts;
    struct delivery_list deliveries;
    struct token_list tokens;
    struct access_list access;
    struct logins_seen logins;
    int64_t number;

    events_list(s, &all, &events, NULL);
    event_list_free(&events);
    alerts_list(s, &all, &alerts, NULL);
    for (size_t i = 0; i < alerts.count; i++) {
        deliveries_of(s, alerts.rows[i].id, &deliveries, NULL);
        delivery_list_free(&deliveries);
        alert_update(s, &alerts.rows[i], NULL);
    }
    alert_list_free(&alerts);
    alerts_due(s, INT64_MAX, &alerts, NULL);
    alert_list_free(&alerts);
    events_close(s, NULL);
    tokens_list(s, &tokens, NULL);
    token_list_free(&tokens);
    access_list_rows(s, 0, 100, &access, NULL);
    access_list_free(&access);
    access_verify(s, &number, NULL, NULL);
    logins_read(s, "10.0.0.1:554 viewer", 0, &logins, NULL);
}

static void remove_files(void)
{
    DIR *folder = opendir(dir);
    struct dirent *entry;

    while (folder && (entry = readdir(folder)))
        unlinkat(dirfd(folder), entry->d_name, 0);
    if (folder)
        closedir(folder);
}

static void put_file(const uint8_t *at, size_t size)
{
    char path[64];

    snprintf(path, sizeof path, "%s/keng.db", dir);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    if (fd < 0 || write(fd, at, size) != (ssize_t)size)
        abort();
    close(fd);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    char path[64];

    if (!mkdtemp(dir))
        abort();
    struct store *s = store_open(dir, STORE_DUTIES, NULL, NULL);
    if (!s)
        abort();
    write_to(s);
    store_close(s);
    snprintf(path, sizeof path, "%s/keng.db", dir);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got;
    while ((got = read(fd, bytes_reserve(&sound, 65536), 65536)) > 0)
        sound.size += (size_t)got;
    close(fd);
    remove_files();
    return 0;
}

static void put_changed(const uint8_t *at, size_t size)
{
    struct bytes file = { 0 };

    bytes_add(&file, sound.at, sound.size);
    while (size > 5) {
        uint32_t where;
        memcpy(&where, at, sizeof where);
        size_t many = at[4] < size - 5 ? at[4] : size - 5;
        where %= (uint32_t)file.size;
        if (many > file.size - where)
            many = file.size - where;
        memcpy(file.at + where, at + 5, many);
        at += 5 + many;
        size -= 5 + many;
    }
    put_file(file.at, file.size);
    bytes_free(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *at, size_t size)
{
    bool replaced;

    if (size == 0)
        return 0;
    if (at[0] == 0)
        put_file(at + 1, size - 1);
    else
        put_changed(at + 1, size - 1);
    struct store *s = store_open(dir, STORE_DUTIES, &replaced, NULL);
    if (s) {
        ask_records(s);
        ask_duties(s);
        write_to(s);
        ask_duties(s);
    }
    store_close(s);
    remove_files();
    return 0;
}
