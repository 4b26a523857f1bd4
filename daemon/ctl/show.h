/*
 * The answers of kengd as a person reads them. Fields that a kengd of another version
 * does not send are left out. Thread: main. Errors: none.
 */
#pragma once
#include <jansson.h>
#include <stdio.h>

void show_status(const json_t *answer, FILE *to);
void show_cameras(const json_t *answer, FILE *to);
void show_camera(const json_t *camera, FILE *to); /* one, with advice */
void show_learn(const json_t *answer, FILE *to);
void show_reload(const json_t *answer, FILE *to);
void show_new_token(const json_t *answer, FILE *to);
/* `all`: also revoked ones. */
void show_tokens(const json_t *answer, bool all, FILE *to);
/* With the code as a picture of the terminal. */
void show_pairing(const json_t *answer, FILE *to);
void show_devices(const json_t *answer, FILE *to);
void show_alerts(const json_t *answer, FILE *to);
void show_explanation(const json_t *answer, FILE *to);
void show_test_alert(const json_t *answer, FILE *to);
void show_hold(const json_t *answer, FILE *to);
void show_holds(const json_t *answer, FILE *to);
/* That its chain is whole, and where it ends. */
void show_access_log(const json_t *answer, FILE *to);
void show_clock(const json_t *answer, FILE *to);
