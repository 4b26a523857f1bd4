/*
 * What a camera asks for when it answers 401. Only read here: the answer to it is
 * computed where the password is, in kengd.
 * Thread: any.
 * Source: RFC 7616 (Digest), RFC 7617 (Basic), RFC 7235, section 4.1 (the list).
 */
#pragma once
#include "../session.h"
#include "rtsp.h"

/* The strongest of all challenges in the answer that can be met: Digest with SHA-256,
 * then with MD5, then Basic. `method` and `uri` are left to the caller. False: there is
 * none. */
bool login_read(const struct rtsp_message *answer, struct challenge *best);
