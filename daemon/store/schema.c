#include <stdlib.h>

#include "core/memory.h"
#include "core/text.h"
#include "schema.h"

/* Times are microseconds since 1970, UTC. Words (kind, state, cause) are those of the
 * contracts in include/store. */
static const char version_1[] =
    /* No segment is longer than a day, so that those that touch a stretch of time are
     * found from `start_us` alone, and a growing one changes no index. */
    "CREATE TABLE segment ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, camera TEXT NOT NULL,"
    " run_us INTEGER NOT NULL, start_us INTEGER NOT NULL, end_us INTEGER NOT NULL,"
    " path TEXT NOT NULL UNIQUE, bytes INTEGER NOT NULL, codecs TEXT NOT NULL,"
    " open INTEGER NOT NULL, clock_trusted INTEGER NOT NULL, lost INTEGER NOT NULL,"
    " CHECK (end_us BETWEEN start_us AND start_us + 86400000000)) STRICT;"
    "CREATE INDEX segment_of_camera ON segment (camera, start_us);"
    "CREATE INDEX segment_by_time ON segment (start_us);"
    "CREATE INDEX segment_open ON segment (camera) WHERE open;"

    /* What a camera's segments weigh: asked for every page, too dear to add up. */
    "CREATE TABLE footage ("
    " camera TEXT PRIMARY KEY, bytes INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE TRIGGER footage_more AFTER INSERT ON segment BEGIN"
    " INSERT INTO footage VALUES (NEW.camera, NEW.bytes * (NOT NEW.lost))"
    "  ON CONFLICT (camera) DO UPDATE SET bytes = bytes + excluded.bytes; END;"
    "CREATE TRIGGER footage_less AFTER DELETE ON segment BEGIN"
    " UPDATE footage SET bytes = bytes - OLD.bytes * (NOT OLD.lost)"
    "  WHERE camera = OLD.camera; END;"
    "CREATE TRIGGER footage_other AFTER UPDATE OF bytes, lost ON segment BEGIN"
    " UPDATE footage SET bytes = bytes + NEW.bytes * (NOT NEW.lost)"
    "  - OLD.bytes * (NOT OLD.lost) WHERE camera = NEW.camera; END;"

    "CREATE TABLE gap ("
    " id INTEGER PRIMARY KEY, camera TEXT NOT NULL, start_us INTEGER NOT NULL,"
    " end_us INTEGER NOT NULL, cause TEXT NOT NULL, detail TEXT NOT NULL) STRICT;"
    "CREATE INDEX gap_of_camera ON gap (camera, end_us, start_us);"
    "CREATE INDEX gap_open ON gap (camera) WHERE end_us = 0;"

    "CREATE TABLE event ("
    " id TEXT PRIMARY KEY, kind TEXT NOT NULL, camera TEXT, area TEXT NOT NULL,"
    " start_us INTEGER NOT NULL, end_us INTEGER NOT NULL, seen_us INTEGER NOT NULL,"
    " score INTEGER NOT NULL, x0 REAL NOT NULL, y0 REAL NOT NULL, x1 REAL NOT NULL,"
    " y1 REAL NOT NULL, zone TEXT, picture TEXT, note TEXT, raised_by TEXT) STRICT, WITHOUT ROWID;"
    "CREATE INDEX event_by_time ON event (start_us);"
    "CREATE INDEX event_of_camera ON event (camera, start_us);"
    "CREATE INDEX event_open ON event (start_us) WHERE end_us = 0;"

    "CREATE TABLE alert ("
    " id TEXT PRIMARY KEY, event TEXT NOT NULL REFERENCES event (id),"
    " raised_us INTEGER NOT NULL, state TEXT NOT NULL, rank INTEGER NOT NULL,"
    " escalate_us INTEGER NOT NULL, answered_by TEXT, answered_us INTEGER NOT NULL,"
    " answer_note TEXT, closed_by TEXT, closed_us INTEGER NOT NULL,"
    " merged INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX alert_of_event ON alert (event);"
    "CREATE INDEX alert_by_time ON alert (raised_us);"
    "CREATE INDEX alert_running ON alert (raised_us)"
    " WHERE state IN ('open', 'acknowledged');"
    "CREATE INDEX alert_due ON alert (escalate_us)"
    " WHERE state = 'open' AND escalate_us > 0;"

    /* The outbox: what must be told, to whom and how; kept until it was taken. */
    "CREATE TABLE delivery ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, alert TEXT NOT NULL REFERENCES alert (id),"
    " recipient TEXT NOT NULL, channel TEXT NOT NULL, state TEXT NOT NULL,"
    " tries INTEGER NOT NULL, at_us INTEGER NOT NULL,"
    " UNIQUE (alert, recipient, channel)) STRICT;"
    "CREATE INDEX delivery_waiting ON delivery (channel, id) WHERE state = 'waiting';"

    "CREATE TABLE token ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, person TEXT,"
    " role TEXT, area TEXT, name TEXT, parent INTEGER REFERENCES token (id),"
    " created_us INTEGER NOT NULL, last_us INTEGER NOT NULL, expires_us INTEGER NOT NULL,"
    " revoked_us INTEGER NOT NULL, CHECK (length(hash) = 32)) STRICT;"
    "CREATE INDEX token_of_parent ON token (parent) WHERE parent IS NOT NULL;"

    "CREATE TABLE access ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, at_us INTEGER NOT NULL, who TEXT NOT NULL,"
    " what TEXT NOT NULL, object TEXT NOT NULL, chain BLOB NOT NULL) STRICT;"
    "CREATE INDEX access_by_time ON access (at_us);"
    "CREATE TRIGGER access_is_final BEFORE UPDATE ON access BEGIN"
    " SELECT RAISE(ABORT, 'the access log is only added to'); END;"
    "CREATE TRIGGER access_is_kept BEFORE DELETE ON access BEGIN"
    " SELECT RAISE(ABORT, 'the access log is only added to'); END;"

    "CREATE TABLE failed_login ("
    " id INTEGER PRIMARY KEY, place TEXT NOT NULL, at_us INTEGER NOT NULL) STRICT;"
    "CREATE INDEX failed_login_of_place ON failed_login (place, at_us);";

/* `volume`: its name in the configuration; "" is storage.recordings. */
static const char version_2[] =
    "ALTER TABLE segment ADD COLUMN volume TEXT NOT NULL DEFAULT '';"
    "CREATE INDEX segment_of_volume ON segment (volume, start_us);";

/* Finding and export. */
static const char version_3[] =
    "CREATE TABLE activity ("
    " camera TEXT NOT NULL, minute_us INTEGER NOT NULL, seconds BLOB NOT NULL,"
    " PRIMARY KEY (camera, minute_us)) STRICT, WITHOUT ROWID;"

    "CREATE TABLE export ("
    " id TEXT PRIMARY KEY, asked_us INTEGER NOT NULL, done_us INTEGER NOT NULL,"
    " who TEXT NOT NULL, cameras TEXT NOT NULL, from_us INTEGER NOT NULL,"
    " to_us INTEGER NOT NULL, reason TEXT NOT NULL, document TEXT NOT NULL,"
    " state TEXT NOT NULL, why TEXT NOT NULL, bytes INTEGER NOT NULL,"
    " sha256 TEXT NOT NULL) STRICT, WITHOUT ROWID;"
    "CREATE INDEX export_by_time ON export (asked_us);";

/* What lasts (a camera that is lost) is an event of its own; an alert goes many ways, and
 * every try is kept; phones and screens are devices; somebody may mute a place. */
static const char version_4[] =
    "ALTER TABLE event ADD COLUMN severity TEXT NOT NULL DEFAULT 'warning';"
    "ALTER TABLE event ADD COLUMN condition TEXT;"
    "ALTER TABLE event ADD COLUMN text_vi TEXT;"
    "ALTER TABLE event ADD COLUMN text_en TEXT;"
    "UPDATE event SET severity = 'urgent' WHERE kind = 'alarm';"
    "CREATE INDEX event_of_condition ON event (condition, start_us)"
    " WHERE condition IS NOT NULL;"

    "ALTER TABLE delivery RENAME TO delivery_before;"
    "DROP INDEX delivery_waiting;"
    "CREATE TABLE delivery ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, alert TEXT NOT NULL REFERENCES alert (id),"
    " recipient TEXT NOT NULL, channel TEXT NOT NULL, target TEXT NOT NULL,"
    " what TEXT NOT NULL, camera TEXT, state TEXT NOT NULL, tries INTEGER NOT NULL,"
    " made_us INTEGER NOT NULL, due_us INTEGER NOT NULL, at_us INTEGER NOT NULL,"
    " UNIQUE (alert, recipient, channel, target, what)) STRICT;"
    "INSERT INTO delivery SELECT id, alert, recipient, channel, '', 'raised', NULL, state,"
    " tries, at_us, 0, at_us FROM delivery_before;"
    "DROP TABLE delivery_before;"
    "CREATE INDEX delivery_waiting ON delivery (channel, recipient, target, due_us, id)"
    " WHERE state = 'waiting' AND channel <> 'page';"
    "CREATE INDEX delivery_of_target ON delivery (channel, recipient, target, made_us);"

    /* Of several deliveries that went as one message the first stands for all. */
    "CREATE TABLE attempt ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT,"
    " delivery INTEGER NOT NULL REFERENCES delivery (id), together INTEGER NOT NULL,"
    " at_us INTEGER NOT NULL, took_us INTEGER NOT NULL, result TEXT NOT NULL,"
    " code INTEGER NOT NULL, detail TEXT NOT NULL) STRICT;"
    "CREATE INDEX attempt_of_delivery ON attempt (delivery);"

    "CREATE TABLE device ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, person TEXT, screen TEXT,"
    " name TEXT NOT NULL, token INTEGER NOT NULL REFERENCES token (id),"
    " paired_us INTEGER NOT NULL, seen_us INTEGER NOT NULL, revoked_us INTEGER NOT NULL,"
    " endpoint TEXT, p256dh BLOB, auth BLOB, vapid TEXT, push_state TEXT NOT NULL,"
    " push_us INTEGER NOT NULL) STRICT;"
    "CREATE INDEX device_of_person ON device (person) WHERE revoked_us = 0;"
    "CREATE INDEX device_of_token ON device (token);"
    "CREATE UNIQUE INDEX device_of_endpoint ON device (endpoint)"
    " WHERE endpoint IS NOT NULL;"

    "CREATE TABLE mute ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, area TEXT, camera TEXT, person TEXT,"
    " muted_by TEXT NOT NULL, since_us INTEGER NOT NULL, until_us INTEGER NOT NULL) STRICT;"
    "CREATE INDEX mute_until ON mute (until_us);";

/* What the background check found, and how far it is on each volume. */
static const char version_5[] =
    "CREATE TABLE damage ("
    " segment INTEGER PRIMARY KEY, found_us INTEGER NOT NULL, what TEXT NOT NULL) STRICT;"
    "CREATE TRIGGER damage_goes AFTER DELETE ON segment BEGIN"
    " DELETE FROM damage WHERE segment = OLD.id; END;"
    "CREATE TABLE scrub ("
    " volume TEXT PRIMARY KEY, segment INTEGER NOT NULL) STRICT, WITHOUT ROWID;";

static const char version_6[] =
    "CREATE TABLE pairing ("
    " id INTEGER PRIMARY KEY AUTOINCREMENT, hash BLOB NOT NULL UNIQUE, kind TEXT NOT NULL,"
    " person TEXT, screen TEXT, code TEXT, by TEXT, created_us INTEGER NOT NULL,"
    " expires_us INTEGER NOT NULL, used_us INTEGER NOT NULL, CHECK (length(hash) = 32)) STRICT;"
    "CREATE INDEX pairing_by_expiry ON pairing (expires_us);"

    /* A link that somebody passed on: it shows this event and nothing else. */
    "ALTER TABLE token ADD COLUMN event TEXT;";

/* The way of what was seen: event.c writes it. */
static const char version_7[] = "ALTER TABLE event ADD COLUMN path TEXT;";

/* When the background check was last through. */
static const char version_8[] =
    "ALTER TABLE scrub ADD COLUMN round_us INTEGER NOT NULL DEFAULT 0;";

/* Cameras whose motion an alert of another camera took in, one behind the other. */
static const char version_9[] = "ALTER TABLE alert ADD COLUMN cameras TEXT;";

/* Who or what ended a gap: gap.c writes it. */
static const char version_10[] =
    "ALTER TABLE gap ADD COLUMN ended TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE gap ADD COLUMN ended_by TEXT NOT NULL DEFAULT '';";

/* [n] leads from version n to n + 1. */
static const char *const steps[] = { version_1, version_2, version_3, version_4, version_5,
                                    version_6, version_7, version_8, version_9,
                                    version_10 };

int schema_newest(void)
{
    return (int)COUNT_OF(steps);
}

bool schema_is_damage(int sqlite_code)
{
    return (sqlite_code & 0xff) == SQLITE_CORRUPT ||
           (sqlite_code & 0xff) == SQLITE_NOTADB;
}

static enum schema_result failed(sqlite3 *db, struct error *err)
{
    bool damage = schema_is_damage(sqlite3_errcode(db));

    error_set(err, ERR_STORE, _("the catalogue cannot be read: %s"), sqlite3_errmsg(db));
    return damage ? SCHEMA_UNUSABLE : SCHEMA_FAILED;
}

static bool ask_number(sqlite3 *db, const char *sql, int *to)
{
    sqlite3_stmt *stmt = NULL;
    bool well = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
                sqlite3_step(stmt) == SQLITE_ROW;

    if (well)
        *to = sqlite3_column_int(stmt, 0);
    return (sqlite3_finalize(stmt) == SQLITE_OK) && well;
}

enum schema_result schema_look(sqlite3 *db, int *version, struct error *err)
{
    int application, objects;

    if (!ask_number(db, "PRAGMA application_id", &application) ||
        !ask_number(db, "PRAGMA user_version", version) ||
        !ask_number(db, "SELECT count(*) FROM sqlite_schema", &objects))
        return failed(db, err);
    if (application == 0 && *version == 0 && objects == 0)
        return SCHEMA_READY;
    if (application != SCHEMA_APPLICATION || *version < 1) {
        error_set(err, ERR_STORE, _("the file is not a catalogue of kengd"));
        return SCHEMA_UNUSABLE;
    }
    if (*version > schema_newest()) {
        error_set(err, ERR_STORE,
                  _("the catalogue is of a newer kengd (version %d, this one knows %d): "
                    "install that kengd again, or move the file away"),
                  *version, schema_newest());
        return SCHEMA_NEWER;
    }
    return SCHEMA_READY;
}

/* A catalogue in memory as the steps make it. That fails only for want of memory, or when
 * a step is wrong. */
static sqlite3 *make_model(void)
{
    sqlite3 *model = NULL;

    if (sqlite3_open(":memory:", &model) != SQLITE_OK)
        abort();
    for (size_t i = 0; i < COUNT_OF(steps); i++)
        if (sqlite3_exec(model, steps[i], NULL, NULL, NULL) != SQLITE_OK)
            abort();
    return model;
}

static enum schema_result has_part(sqlite3 *db, sqlite3_stmt *find, const char *name,
                                   struct error *err)
{
    sqlite3_bind_text(find, 1, name, -1, SQLITE_STATIC);
    int found = sqlite3_step(find);
    enum schema_result result = SCHEMA_READY;
    if (found == SQLITE_DONE) {
        error_set(err, ERR_STORE, _("the catalogue lacks its part %s"), name);
        result = SCHEMA_UNUSABLE;
    } else if (found != SQLITE_ROW) {
        result = failed(db, err);
    }
    sqlite3_reset(find);
    return result;
}

/* Every table, index and trigger that the steps make is there: of a database that
 * somebody emptied, or whose first page was put back, no row would be found. */
static enum schema_result is_whole(sqlite3 *db, struct error *err)
{
    sqlite3 *model = make_model();
    sqlite3_stmt *parts = NULL, *find = NULL;
    enum schema_result result = SCHEMA_READY;

    sqlite3_prepare_v2(model, "SELECT name FROM sqlite_schema WHERE sql IS NOT NULL", -1,
                       &parts, NULL);
    if (sqlite3_prepare_v2(db, "SELECT 1 FROM sqlite_schema WHERE name = ?1", -1, &find,
                           NULL) != SQLITE_OK)
        result = failed(db, err);
    while (result == SCHEMA_READY && sqlite3_step(parts) == SQLITE_ROW)
        result = has_part(db, find, (const char *)sqlite3_column_text(parts, 0), err);
    sqlite3_finalize(parts);
    sqlite3_finalize(find);
    sqlite3_close(model);
    return result;
}

static bool make_step(sqlite3 *db, int version)
{
    char marks[96];

    sqlite3_snprintf(sizeof marks, marks,
                     "PRAGMA application_id = %d; PRAGMA user_version = %d; COMMIT",
                     SCHEMA_APPLICATION, version + 1);
    return sqlite3_exec(db, steps[version], NULL, NULL, NULL) == SQLITE_OK &&
           sqlite3_exec(db, marks, NULL, NULL, NULL) == SQLITE_OK;
}

enum schema_result schema_raise(sqlite3 *db, int to_version, struct error *err)
{
    int version;

    for (;;) {
        enum schema_result seen = schema_look(db, &version, err);
        if (seen != SCHEMA_READY)
            return seen;
        if (version >= to_version)
            return SCHEMA_READY;
        /* Looked at again under the lock: another connection may have been first. */
        if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK)
            return failed(db, err);
        int locked;
        bool well = ask_number(db, "PRAGMA user_version", &locked);
        if (well && locked == version)
            well = make_step(db, version);
        if (!well)
            seen = failed(db, err);
        if (!sqlite3_get_autocommit(db))
            sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
        if (!well)
            return seen;
    }
}

enum schema_result schema_migrate(sqlite3 *db, struct error *err)
{
    enum schema_result result = schema_raise(db, schema_newest(), err);

    return result == SCHEMA_READY ? is_whole(db, err) : result;
}
