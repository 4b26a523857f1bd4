/*
 * A device's XML, read by libxml2 with everything off that reaches out or grows: no
 * network, no document type, no entities but the five, always UTF-8, and limits on depth
 * and elements. Elements are found by the address of their namespace, never by prefix.
 * Thread: the owner's; xml_prepare() before the sandbox closes.
 */
#pragma once
#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { XML_DEPTH_MAX = 40, XML_ELEMENTS_MAX = 20000 };

#define NS_SOAP12   "http://www.w3.org/2003/05/soap-envelope"
#define NS_SOAP11   "http://schemas.xmlsoap.org/soap/envelope/"
#define NS_DEVICE   "http://www.onvif.org/ver10/device/wsdl"
#define NS_MEDIA    "http://www.onvif.org/ver10/media/wsdl"
#define NS_MEDIA2   "http://www.onvif.org/ver20/media/wsdl"
#define NS_EVENTS   "http://www.onvif.org/ver10/events/wsdl"
#define NS_SCHEMA   "http://www.onvif.org/ver10/schema"
#define NS_NOTIFY   "http://docs.oasis-open.org/wsn/b-2"
#define NS_WSA      "http://www.w3.org/2005/08/addressing"
#define NS_WSA2004  "http://schemas.xmlsoap.org/ws/2004/08/addressing"
#define NS_DISCOVER "http://schemas.xmlsoap.org/ws/2005/04/discovery"

/* libxml2's one-time work, some of which a sandboxed process may not do. */
void xml_prepare(void);

/* NULL, and why in English: it is none, or above a limit. Free with xmlFreeDoc(). */
xmlDoc *xml_read(const uint8_t *bytes, size_t size, const char **why);

/* The first child of that name, or the next such behind `at`; NULL: none. */
const xmlNode *xml_child(const xmlNode *of, const char *space, const char *name);
const xmlNode *xml_next(const xmlNode *at, const char *space, const char *name);

/* The first element of that name anywhere below; NULL: none. */
const xmlNode *xml_find(const xmlNode *below, const char *space, const char *name);
bool xml_is(const xmlNode *node, const char *space, const char *name);

/* The text of an element or an attribute, without blanks around it and control characters;
 * cut to the room at a whole character. "" when `node` is NULL or has none. */
void xml_text(const xmlNode *node, char *to, size_t room);
void xml_attribute(const xmlNode *node, const char *name, char *to, size_t room);

/* A number of 0..most in an element's text; 0 when there is none. */
int xml_number(const xmlNode *node, int most);
