// librabbitmq moved its headers into a folder in 0.12; both layouts are in use.
#pragma once

#include <sys/eventfd.h>

#if __has_include(<rabbitmq-c/amqp.h>)
#include <rabbitmq-c/amqp.h>
#include <rabbitmq-c/framing.h>
#include <rabbitmq-c/ssl_socket.h>
#include <rabbitmq-c/tcp_socket.h>
#else
#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_ssl_socket.h>
#include <amqp_tcp_socket.h>
#endif

// Swift cannot call variadic C functions: one plain function for each way to log in.

static inline amqp_rpc_reply_t crabbitmq_login_plain(
    amqp_connection_state_t state, const char *vhost, int heartbeat, const amqp_table_t *properties,
    const char *user, const char *password) {
    return amqp_login_with_properties(
        state, vhost, 0, 131072, heartbeat, properties, AMQP_SASL_METHOD_PLAIN, user, password);
}

static inline amqp_rpc_reply_t crabbitmq_login_external(
    amqp_connection_state_t state, const char *vhost, int heartbeat, const amqp_table_t *properties,
    const char *identity) {
    return amqp_login_with_properties(
        state, vhost, 0, 131072, heartbeat, properties, AMQP_SASL_METHOD_EXTERNAL, identity);
}

// The C library's eventfd is not in Swift's Glibc module.
static inline int crabbitmq_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
