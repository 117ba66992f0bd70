/* Yardstick: what plain C on SQLite does with the reading of one stream of a Daybook store.
 * All its rows in order, each column's bytes touched, by one prepared statement.
 * cc -O2 load.c -lsqlite3 -o load && ./load FILE STREAM TIMES
 */
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec / 1e9;
}

static void check(int rc, sqlite3 *db) {
    if (rc == SQLITE_OK || rc == SQLITE_DONE) return;
    fprintf(stderr, "sqlite: %s\n", sqlite3_errmsg(db));
    exit(1);
}

int main(int argc, char **argv) {
    if (argc < 4) { fprintf(stderr, "load FILE STREAM TIMES\n"); return 2; }
    long times = atol(argv[3]), events = 0;
    unsigned long touched = 0;
    sqlite3 *db;
    sqlite3_stmt *read;
    check(sqlite3_open_v2(argv[1], &db, SQLITE_OPEN_READONLY, 0), db);
    check(sqlite3_exec(db, "PRAGMA cache_size=-64000", 0, 0, 0), db);
    check(sqlite3_prepare_v3(db,
        "SELECT e.position, e.event_id, e.version, t.name, e.schema_version, e.occurred_at, e.recorded_at,"
        " e.data, e.metadata, e.hash FROM events e JOIN types t ON t.id = e.type_id"
        " WHERE e.stream_id = (SELECT id FROM streams WHERE name = ?) ORDER BY e.version",
        -1, SQLITE_PREPARE_PERSISTENT, &read, 0), db);
    double start = now();
    for (long i = 0; i < times; i++) {
        int rc;
        check(sqlite3_bind_text(read, 1, argv[2], -1, SQLITE_STATIC), db);
        while ((rc = sqlite3_step(read)) == SQLITE_ROW) {
            for (int column = 0; column < 10; column++) {
                if (sqlite3_column_type(read, column) == SQLITE_INTEGER) {
                    touched += (unsigned long)sqlite3_column_int64(read, column);
                    continue;
                }
                const unsigned char *bytes = sqlite3_column_blob(read, column);
                int length = sqlite3_column_bytes(read, column);
                touched += (unsigned long)length + (length > 0 ? bytes[0] : 0);
            }
            events++;
        }
        check(rc, db);
        sqlite3_reset(read);
    }
    double seconds = now() - start;
    if (events == 0) { fprintf(stderr, "%s has no stream %s\n", argv[1], argv[2]); return 1; }
    fprintf(stderr, "sum of what was touched: %lu\n", touched);
    printf("load: %ld events a load: %.0f events/s\n", events / times, events / seconds);
    sqlite3_finalize(read);
    sqlite3_close(db);
    return 0;
}
