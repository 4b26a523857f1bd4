/* What becomes of a configuration without faults, and of files that belong together. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "config/load.h"
#include "core/clock.h"
#include "core/memory.h"
#include "folder.h"

static const char village[] =
    "site:    {name: Xã Đồng Xanh, language: vi, time_zone: Asia/Ho_Chi_Minh}\n"
    "paths:   {state: /srv/state, runtime: run}\n"
    "storage: {recordings: rec, keep: 14 days, reserve: 20 GB, segment: 2 min, sync: 500 ms}\n"
    "web:     {listen: [\"0.0.0.0:8443\", \"[::1]:8080\"], public_url: \"https://cam.dongxanh.vn/\",\n"
    "          certificate: tls/cert.pem, key: tls/key.pem}\n"
    "areas:\n"
    "  thon-dong: {name: Thôn Đông, within: dong-xanh}\n"
    "  dong-xanh: {name: Xã Đồng Xanh}\n"
    "cameras:\n"
    "  cong-lang:\n"
    "    name: Cổng làng\n"
    "    area: thon-dong\n"
    "    url: rtsp://192.168.1.20/Streaming/Channels/101\n"
    "    sub_url: rtsp://192.168.1.20/Streaming/Channels/102\n"
    "    user: viewer\n"
    "    password: {file: secrets/cong-lang}\n"
    "    transport: tcp\n"
    "    audio: yes\n"
    "    keep: 60 ngày\n"
    "    motion: {sensitivity: 4, zones: {cong: [[0.1, 0.4], [0.9, 0.4], [0.9, 1]]},\n"
    "             masks: {cay: [[0, 0], [1, 0], [1, 0.25], [0, 0.25]]}}\n"
    "  ao-dinh: {name: Ao đình, area: dong-xanh, url: \"rtsp://[fe80::1]:8554/\", motion: off}\n"
    "people:\n"
    "  truong-thon: {name: Trưởng thôn, role: official, areas: [thon-dong], rank: 2,\n"
    "                phone: 0912 345.678}\n"
    "screens:\n"
    "  nha-van-hoa: {name: Nhà văn hóa, area: thon-dong, layout: 9}\n"
    "alerts:\n"
    "  motion: {hours: \"21:00-05:00\", cool_down: 90, escalate: 1 h}\n";

static int prepare(void **state)
{
    struct folder *folder = xcalloc(1, sizeof *folder);

    folder_open(folder);
    folder_write(folder, "kengd.yaml", village, 0644);
    folder_write(folder, "secrets/cong-lang", "mật khẩu\n", 0600);
    folder_write(folder, "tls/cert.pem", "", 0644);
    folder_write(folder, "tls/key.pem", "", 0600);
    *state = folder;
    return 0;
}

static int clean(void **state)
{
    folder_close(*state);
    free(*state);
    return 0;
}

static const struct settings *load(struct folder *folder, struct faults *faults)
{
    char *file = folder_path(folder, "kengd.yaml");
    const struct settings *set = settings_load(file, faults);

    free(file);
    return set;
}

static const struct settings *load_well(struct folder *folder)
{
    struct faults faults;
    const struct settings *set = load(folder, &faults);
    char *all = faults_text(&faults);

    assert_string_equal(all, "");
    assert_non_null(set);
    free(all);
    faults_free(&faults);
    return set;
}

/* The only fault of the folder's files is this one. */
static void expect_fault(struct folder *folder, const char *file, int line, int column,
                         const char *path, const char *says)
{
    struct faults faults;
    const struct settings *set = load(folder, &faults);

    assert_null(set);
    char *all = faults_text(&faults), *whole = folder_path(folder, file);
    if (faults.count != 1 || !strstr(all, says))
        fail_msg("'%s' was expected, told was\n%s", says, all);
    assert_string_equal(faults.list[0].file, whole);
    assert_int_equal(faults.list[0].line, line);
    assert_int_equal(faults.list[0].column, column);
    assert_string_equal(faults.list[0].path, path);
    free(whole);
    free(all);
    faults_free(&faults);
}

static void every_setting_arrives(void **state)
{
    struct folder *folder = *state;
    const struct settings *set = load_well(folder);
    char *file = folder_path(folder, "kengd.yaml"), *rec = folder_path(folder, "rec");
    char *key = folder_path(folder, "tls/key.pem"), *run = folder_path(folder, "run");

    assert_string_equal(set->file, file);
    assert_string_equal(set->site.name, "Xã Đồng Xanh");
    assert_int_equal(set->site.language, LANGUAGE_VI);
    assert_string_equal(set->site.time_zone, "Asia/Ho_Chi_Minh");
    assert_string_equal(set->paths.state, "/srv/state");
    assert_string_equal(set->paths.runtime, run);
    assert_string_equal(set->storage.recordings, rec);
    assert_true(set->storage.keep_us == SECONDS_US(14 * 86400));
    assert_true(set->storage.reserve.bytes == INT64_C(20000000000));
    assert_int_equal(set->storage.reserve.permille, 0);
    assert_true(set->storage.segment_us == SECONDS_US(120));
    assert_true(set->storage.sync_us == MILLIS_US(500));
    assert_int_equal(set->web.listen_count, 2);
    assert_string_equal(set->web.listen[1], "[::1]:8080");
    assert_string_equal(set->web.public_url, "https://cam.dongxanh.vn");
    assert_string_equal(set->web.key, key);
    assert_int_equal(set->alerts.motion_hours.from_min, 21 * 60);
    assert_int_equal(set->alerts.motion_hours.to_min, 5 * 60);
    assert_true(set->alerts.cool_down_us == SECONDS_US(90));
    assert_true(set->alerts.escalate_us == SECONDS_US(3600));
    free(file);
    free(rec);
    free(key);
    free(run);
    settings_unref(set);
}

static void every_setting_of_an_entry_arrives(void **state)
{
    const struct settings *set = load_well(*state);
    const struct camera_settings *camera = settings_find_camera(set, "cong-lang");
    const struct person *person = settings_find_person(set, "truong-thon");
    const struct screen *screen = settings_find_screen(set, "nha-van-hoa");

    assert_ptr_equal(camera, &set->cameras[0]); /* the order of writing is kept */
    assert_string_equal(camera->id, "cong-lang");
    assert_string_equal(camera->name, "Cổng làng");
    assert_ptr_equal(camera->area, settings_find_area(set, "thon-dong"));
    assert_string_equal(camera->url, "rtsp://192.168.1.20/Streaming/Channels/101");
    assert_string_equal(camera->sub_url, "rtsp://192.168.1.20/Streaming/Channels/102");
    assert_string_equal(camera->user, "viewer");
    assert_string_equal(camera->password, "mật khẩu");
    assert_int_equal(camera->transport, TRANSPORT_TCP);
    assert_true(camera->audio);
    assert_true(camera->keep_us == SECONDS_US(60 * 86400));
    assert_true(camera->motion.on);
    assert_int_equal(camera->motion.sensitivity, 4);
    assert_int_equal(camera->motion.zone_count, 1);
    assert_string_equal(camera->motion.zones[0].id, "cong");
    assert_int_equal(camera->motion.zones[0].count, 3);
    assert_float_equal(camera->motion.zones[0].points[1].x, 0.9f, 0);
    assert_float_equal(camera->motion.zones[0].points[1].y, 0.4f, 0);
    assert_int_equal(camera->motion.mask_count, 1);
    assert_int_equal(camera->motion.masks[0].count, 4);
    assert_false(set->cameras[1].motion.on);
    assert_string_equal(person->name, "Trưởng thôn");
    assert_int_equal(person->role, ROLE_OFFICIAL);
    assert_int_equal(person->area_count, 1);
    assert_ptr_equal(person->areas[0], settings_find_area(set, "thon-dong"));
    assert_int_equal(person->rank, 2);
    assert_string_equal(person->phone, "0912345678");
    assert_string_equal(screen->layout, "9");
    assert_ptr_equal(screen->area, person->areas[0]);
    settings_unref(set);
}

static void what_is_not_written_has_a_default(void **state)
{
    struct folder *folder = *state;

    unsetenv("STATE_DIRECTORY");
    unsetenv("RUNTIME_DIRECTORY");
    folder_write(folder, "kengd.yaml",
                 "site: {name: X}\nareas: {a: {name: A}}\nweb:\n"
                 "cameras: {c: {name: C, area: a, url: rtsp://h}}\n"
                 "people: {p: {name: P, role: admin, areas: a}}\n"
                 "screens: {s: {name: S, area: a}}\n",
                 0644);
    const struct settings *set = load_well(folder);
    assert_int_equal(set->site.language, LANGUAGE_VI);
    assert_string_equal(set->site.time_zone, "Asia/Ho_Chi_Minh");
    assert_string_equal(set->paths.state, "/var/lib/kengd/state");
    assert_string_equal(set->paths.runtime, "/run/kengd");
    assert_string_equal(set->storage.recordings, "/var/lib/kengd/recordings");
    assert_true(set->storage.keep_us == SECONDS_US(30 * 86400));
    assert_int_equal(set->storage.reserve.permille, 100);
    assert_true(set->storage.segment_us == SECONDS_US(60));
    assert_true(set->storage.sync_us == SECONDS_US(2));
    assert_int_equal(set->web.listen_count, 1);
    assert_string_equal(set->web.listen[0], "127.0.0.1:8080");
    assert_null(set->web.public_url);
    assert_null(set->web.certificate);
    assert_int_equal(set->alerts.motion_hours.from_min, set->alerts.motion_hours.to_min);
    assert_true(set->alerts.cool_down_us == SECONDS_US(120));
    assert_true(set->alerts.escalate_us == SECONDS_US(300));
    assert_null(set->cameras[0].sub_url);
    assert_null(set->cameras[0].user);
    assert_null(set->cameras[0].password);
    assert_int_equal(set->cameras[0].transport, TRANSPORT_AUTO);
    assert_false(set->cameras[0].audio);
    assert_true(set->cameras[0].keep_us == 0);
    assert_true(set->cameras[0].motion.on);
    assert_int_equal(set->cameras[0].motion.sensitivity, 3);
    assert_int_equal(set->people[0].role, ROLE_ADMIN);
    assert_int_equal(set->people[0].rank, 1);
    assert_null(set->people[0].phone);
    assert_string_equal(set->screens[0].layout, "auto");
    settings_unref(set);
}

static void the_name_of_the_site_is_enough(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "kengd.yaml", "\xef\xbb\xbfsite:\r\n  name: X\r\ncameras:\r\n",
                 0644);
    const struct settings *set = load_well(folder);
    assert_int_equal(set->camera_count, 0);
    assert_int_equal(set->area_count, 0);
    settings_unref(set);
}

static void systemd_says_where_state_and_socket_are(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "kengd.yaml", "site: {name: X}\n", 0644);
    setenv("STATE_DIRECTORY", "/srv/recordings:/srv/state", 1);
    setenv("RUNTIME_DIRECTORY", "/run/x", 1);
    const struct settings *set = load_well(folder);
    assert_string_equal(set->paths.state, "/srv/state");
    assert_string_equal(set->paths.runtime, "/run/x");
    settings_unref(set);

    setenv("STATE_DIRECTORY", "/srv/a", 1);
    set = load_well(folder);
    assert_string_equal(set->paths.state, "/srv/a");
    settings_unref(set);

    folder_write(folder, "kengd.yaml", "site: {name: X}\npaths: {state: /own}\n", 0644);
    set = load_well(folder);
    assert_string_equal(set->paths.state, "/own");
    settings_unref(set);
    unsetenv("STATE_DIRECTORY");
    unsetenv("RUNTIME_DIRECTORY");
}

/* ---- conf.d --------------------------------------------------------------------- */

static void files_in_conf_d_add_entries_in_the_order_of_their_names(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "conf.d/20-b.yaml",
                 "cameras: {b: {name: B, area: thon-tay, url: rtsp://b}}\n", 0644);
    folder_write(folder, "conf.d/10-a.yaml",
                 "areas: {thon-tay: {name: Thôn Tây, within: dong-xanh}}\n"
                 "cameras: {a: {name: A, area: thon-tay, url: rtsp://a, user: u,\n"
                 "              password: {file: ../secrets/cong-lang}}}\n",
                 0644);
    folder_write(folder, "conf.d/.30-c.yaml", "not: read\n", 0644);
    folder_write(folder, "conf.d/40-d.yaml~", "not: read\n", 0644);
    folder_write(folder, "conf.d/50-e.yaml", "# nothing yet\n", 0644);
    const struct settings *set = load_well(folder);
    assert_int_equal(set->camera_count, 4);
    assert_string_equal(set->cameras[0].id, "cong-lang");
    assert_string_equal(set->cameras[2].id, "a");
    assert_string_equal(set->cameras[2].password, "mật khẩu");
    assert_string_equal(set->cameras[3].id, "b");
    assert_string_equal(set->cameras[3].area->name, "Thôn Tây");
    assert_true(
        area_is_within(set->cameras[3].area, settings_find_area(set, "dong-xanh")));
    settings_unref(set);
}

static void a_section_may_stand_in_conf_d_alone(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "kengd.yaml", "areas: {a: {name: A}}\n", 0644);
    folder_write(folder, "conf.d/site.yaml", "site: {name: X}\n", 0644);
    const struct settings *set = load_well(folder);
    assert_string_equal(set->site.name, "X");
    settings_unref(set);
}

static void an_entry_in_two_files_is_a_fault_in_the_second(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "conf.d/a.yaml", "areas:\n  thon-dong: {name: X}\n", 0644);
    expect_fault(folder, "conf.d/a.yaml", 2, 3, "areas.thon-dong",
                 "kengd.yaml, line 7; keep one of the two");
}

static void a_section_of_values_in_two_files_is_a_fault_in_the_second(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "conf.d/a.yaml", "site: {name: Y}\n", 0644);
    expect_fault(folder, "conf.d/a.yaml", 1, 1, "site", "kengd.yaml, line 1; keep one");
}

static void a_file_that_nobody_would_read_is_a_fault(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "conf.d/cameras.yml", "cameras: {}\n", 0644);
    expect_fault(folder, "conf.d/cameras.yml", 0, 0, "",
                 "end in .yaml are read; rename it");
}

static void faults_of_all_files_come_in_one_run(void **state)
{
    struct folder *folder = *state;
    struct faults faults;

    folder_write(folder, "kengd.yaml", "site: {name: X, language: fr}\n", 0644);
    folder_write(folder, "conf.d/a.yaml", "site\tx: \"\n", 0644);
    folder_write(folder, "conf.d/b.yaml", "\tx\n", 0644);
    folder_write(folder, "conf.d/c.yaml", "screens: {s: {name: S, area: a, layout: 2}}\n",
                 0644);
    assert_null(load(folder, &faults));
    assert_int_equal(faults.count, 4);
    assert_non_null(strstr(faults.list[0].file, "kengd.yaml"));
    assert_non_null(strstr(faults.list[1].file, "conf.d/a.yaml"));
    assert_non_null(strstr(faults.list[2].file, "conf.d/b.yaml"));
    assert_non_null(strstr(faults.list[3].file, "conf.d/c.yaml"));
    /* The area may stand in a file that cannot be read, so only the layout is wrong. */
    assert_string_equal(faults.list[3].path, "screens.s.layout");
    faults_free(&faults);
}

static void a_file_that_cannot_be_opened_is_a_fault(void **state)
{
    struct folder *folder = *state;
    char *file = folder_path(folder, "kengd.yaml");

    unlink(file);
    free(file);
    expect_fault(folder, "kengd.yaml", 0, 0, "", "cannot be read: it does not exist");
}

/* ---- secrets -------------------------------------------------------------------- */

static void a_password_that_others_can_read_is_a_fault(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "secrets/cong-lang", "x\n", 0640);
    expect_fault(folder, "kengd.yaml", 16, 22, "cameras.cong-lang.password",
                 "run: chmod 600 /");
    folder_write(folder, "secrets/cong-lang", "x\n", 0604);
    expect_fault(folder, "kengd.yaml", 16, 22, "cameras.cong-lang.password",
                 "run: chmod 600 /");
}

static void a_private_key_that_others_can_read_is_a_fault(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "tls/key.pem", "", 0644);
    expect_fault(folder, "kengd.yaml", 5, 43, "web.key", "run: chmod 600 /");
    folder_write(folder, "tls/key.pem", "", 0640);
    settings_unref(load_well(folder));
}

static void a_password_is_one_line_of_bounded_length(void **state)
{
    struct folder *folder = *state;
    char *longest = xmalloc(4099);

    folder_write(folder, "secrets/cong-lang", "", 0600);
    expect_fault(folder, "kengd.yaml", 16, 22, "cameras.cong-lang.password", "is empty");
    folder_write(folder, "secrets/cong-lang", "\n", 0600);
    expect_fault(folder, "kengd.yaml", 16, 22, "cameras.cong-lang.password", "is empty");
    folder_write(folder, "secrets/cong-lang", "a\nb\n", 0600);
    expect_fault(folder, "kengd.yaml", 16, 22, "cameras.cong-lang.password",
                 "more than one line");
    memset(longest, 'x', 4098);
    longest[4098] = 0;
    folder_write(folder, "secrets/cong-lang", longest, 0600);
    expect_fault(folder, "kengd.yaml", 16, 22, "cameras.cong-lang.password",
                 "larger than 4096 bytes");
    longest[4095] = '\n';
    longest[4096] = 0;
    folder_write(folder, "secrets/cong-lang", longest, 0600);
    const struct settings *set = load_well(folder);
    assert_int_equal(strlen(set->cameras[0].password), 4095);
    settings_unref(set);
    free(longest);
}

static void a_password_loses_its_line_end_and_nothing_else(void **state)
{
    struct folder *folder = *state;

    folder_write(folder, "secrets/cong-lang", " a b \r\n", 0600);
    const struct settings *set = load_well(folder);
    assert_string_equal(set->cameras[0].password, " a b ");
    settings_unref(set);
}

static void a_directory_or_device_is_no_password(void **state)
{
    struct folder *folder = *state;
    char *file = folder_path(folder, "secrets/cong-lang");

    unlink(file);
    assert_int_equal(symlink("/dev/zero", file), 0);
    expect_fault(folder, "kengd.yaml", 16, 22, "cameras.cong-lang.password",
                 "is no file");
    unlink(file);
    assert_int_equal(symlink("..", file), 0);
    expect_fault(folder, "kengd.yaml", 16, 22, "cameras.cong-lang.password",
                 "is no file");
    free(file);
}

static void a_credential_comes_from_systemds_directory(void **state)
{
    struct folder *folder = *state;
    char *dir = folder_path(folder, "credentials");

    folder_write(folder, "kengd.yaml",
                 "site: {name: X}\nareas: {a: {name: A}}\n"
                 "cameras: {c: {name: C, area: a, url: rtsp://h, user: u,\n"
                 "              password: {credential: cam}}}\n",
                 0644);
    folder_write(folder, "credentials/cam", "s3cret\n", 0440);
    setenv("CREDENTIALS_DIRECTORY", dir, 1);
    const struct settings *set = load_well(folder);
    assert_string_equal(set->cameras[0].password, "s3cret");
    settings_unref(set);
    unsetenv("CREDENTIALS_DIRECTORY");
    free(dir);
}

/* ---- snapshots
 * ------------------------------------------------------------------------- */

static const struct settings *read_changed(struct folder *folder, const char *from,
                                           const char *to)
{
    const char *at = strstr(village, from);

    assert_non_null(at);
    char *changed =
        xformat("%.*s%s%s", (int)(at - village), village, to, at + strlen(from));
    folder_write(folder, "kengd.yaml", changed, 0644);
    free(changed);
    const struct settings *set = load_well(folder);
    folder_write(folder, "kengd.yaml", village, 0644);
    return set;
}

static void a_snapshot_lives_until_the_last_lets_go(void **state)
{
    const struct settings *set = load_well(*state), *held = settings_ref(set);

    settings_unref(set);
    assert_string_equal(held->cameras[0].password, "mật khẩu");
    settings_unref(held);
    settings_unref(NULL);
}

static void a_camera_restarts_only_for_what_its_process_was_started_with(void **state)
{
    static const struct {
        const char *from, *to;
        enum change change;
    } rows[] = {
        { "name: Cổng làng", "name: Cổng đình", CHANGE_SAME },
        { "    area: thon-dong", "    area: dong-xanh", CHANGE_SAME },
        { "keep: 60 ngày", "keep: 61 days", CHANGE_SAME },
        { "keep: 14 days", "keep: 15 days", CHANGE_SAME },
        { "Channels/101", "Channels/1", CHANGE_DIFFERENT },
        { "    sub_url: rtsp://192.168.1.20/Streaming/Channels/102\n", "",
          CHANGE_DIFFERENT },
        { "user: viewer", "user: other", CHANGE_DIFFERENT },
        { "transport: tcp", "transport: auto", CHANGE_DIFFERENT },
        { "transport: tcp", "sandbox: off", CHANGE_DIFFERENT },
        { "    motion: {", "    onvif: {events: on}\n    motion: {source: both, ", CHANGE_SAME },
        { "audio: yes", "audio: no", CHANGE_DIFFERENT },
        { "sensitivity: 4", "sensitivity: 5", CHANGE_SAME },
        { "sensitivity: 4", "on: off", CHANGE_SAME },
        { "zones: {cong:", "zones: {ngo:", CHANGE_SAME },
        { "[0.9, 1]]", "[0.8, 1]]", CHANGE_SAME },
        { "[0.9, 1]]", "[0.9, 1], [0.1, 1]]", CHANGE_SAME },
        { "[1, 0.25]", "[1, 0.3]", CHANGE_SAME },
        { "  cong-lang:\n", "  cong-dinh:\n", CHANGE_GONE },
    };
    const struct settings *before = load_well(*state);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct settings *now = read_changed(*state, rows[i].from, rows[i].to);
        if (settings_compare_camera(before, now, "cong-lang") != rows[i].change)
            fail_msg("'%s' to '%s'", rows[i].from, rows[i].to);
        assert_int_equal(settings_compare_camera(before, now, "ao-dinh"), CHANGE_SAME);
        if (rows[i].change == CHANGE_GONE)
            assert_int_equal(settings_compare_camera(before, now, "cong-dinh"),
                             CHANGE_NEW);
        settings_unref(now);
    }
    folder_write(*state, "secrets/cong-lang", "other\n", 0600);
    const struct settings *now = load_well(*state);
    assert_int_equal(settings_compare_camera(before, now, "cong-lang"), CHANGE_DIFFERENT);
    settings_unref(now);
    settings_unref(before);
}

static void only_places_and_doors_need_a_restart(void **state)
{
    static const struct {
        const char *from, *to, *needs;
    } rows[] = {
        { "name: Xã Đồng Xanh", "name: X", NULL },
        { "keep: 14 days", "keep: 15 days", NULL },
        { "segment: 2 min", "segment: 1 min", NULL },
        { "tls/cert.pem", "tls/key.pem", NULL }, /* renewed, under another name */
        { "language: vi", "language: en", NULL },
        { "/srv/state", "/srv/other", "paths.state" },
        { "runtime: run", "runtime: /run/x", "paths.runtime" },
        { "recordings: rec", "recordings: /rec", "storage.recordings" },
        { "recordings: rec", "recordings: rec, volumes: {b: /b}", "storage.volumes" },
        { "0.0.0.0:8443", "0.0.0.0:443", "web.listen" },
        { ", \"[::1]:8080\"", "", "web.listen" },
    };
    const struct settings *before = load_well(*state);

    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        const struct settings *now = read_changed(*state, rows[i].from, rows[i].to);
        const char *needs = settings_needs_restart(before, now);
        if (!needs != !rows[i].needs || (needs && strcmp(needs, rows[i].needs) != 0))
            fail_msg("'%s' to '%s': %s", rows[i].from, rows[i].to,
                     needs ? needs : "nothing");
        settings_unref(now);
    }
    settings_unref(before);
}

static void an_area_lies_in_itself_and_in_those_around_it(void **state)
{
    const struct settings *set = load_well(*state), *other = load_well(*state);
    const struct area *hamlet = settings_find_area(set, "thon-dong");
    const struct area *commune = settings_find_area(set, "dong-xanh");

    assert_true(area_is_within(hamlet, hamlet));
    assert_true(area_is_within(hamlet, commune));
    assert_false(area_is_within(commune, hamlet));
    assert_true(area_is_within(hamlet, settings_find_area(other, "dong-xanh")));
    assert_null(settings_find_area(set, "thon-tay"));
    assert_null(settings_find_camera(set, ""));
    assert_null(settings_find_person(set, "cong-lang"));
    assert_null(settings_find_screen(set, "cong-lang"));
    settings_unref(set);
    settings_unref(other);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, prepare, clean)
    const struct CMUnitTest tests[] = {
        TEST(every_setting_arrives),
        TEST(every_setting_of_an_entry_arrives),
        TEST(what_is_not_written_has_a_default),
        TEST(the_name_of_the_site_is_enough),
        TEST(systemd_says_where_state_and_socket_are),
        TEST(files_in_conf_d_add_entries_in_the_order_of_their_names),
        TEST(a_section_may_stand_in_conf_d_alone),
        TEST(an_entry_in_two_files_is_a_fault_in_the_second),
        TEST(a_section_of_values_in_two_files_is_a_fault_in_the_second),
        TEST(a_file_that_nobody_would_read_is_a_fault),
        TEST(faults_of_all_files_come_in_one_run),
        TEST(a_file_that_cannot_be_opened_is_a_fault),
        TEST(a_password_that_others_can_read_is_a_fault),
        TEST(a_private_key_that_others_can_read_is_a_fault),
        TEST(a_password_is_one_line_of_bounded_length),
        TEST(a_password_loses_its_line_end_and_nothing_else),
        TEST(a_directory_or_device_is_no_password),
        TEST(a_credential_comes_from_systemds_directory),
        TEST(a_snapshot_lives_until_the_last_lets_go),
        TEST(a_camera_restarts_only_for_what_its_process_was_started_with),
        TEST(only_places_and_doors_need_a_restart),
        TEST(an_area_lies_in_itself_and_in_those_around_it),
    };

    text_open(LANGUAGE_EN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
