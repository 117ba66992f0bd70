import CRabbitMQ
import Glibc

/// Opens the socket, with TLS where asked for, and logs in. Blocks its thread, within the options' timeout.
struct Handshake {
    private let options: ConnectionOptions

    init(_ options: ConnectionOptions) { self.options = options }

    func perform() throws -> (state: amqp_connection_state_t, descriptor: Int32) {
        guard let state = amqp_new_connection() else {
            throw RabbitMQError(.connectFailed, "no memory for a connection")
        }
        do {
            var limit = timeval(tv_sec: options.timeoutSeconds, tv_usec: 0)
            amqp_set_rpc_timeout(state, &limit)
            // Connecting cannot be interrupted: a stop waits for it.
            limit.tv_sec = min(limit.tv_sec, 4)
            amqp_set_handshake_timeout(state, &limit)
            let socket = try makeSocket(state)
            errno = 0
            let status = amqp_socket_open_noblock(socket, options.host, Int32(options.port), &limit)
            let cause = errno
            guard status == AMQP_STATUS_OK.rawValue else { throw connectFailed(status, cause) }
            try logIn(state)
            let descriptor = amqp_get_sockfd(state)
            limitUnacknowledged(descriptor)
            return (state, descriptor)
        } catch {
            amqp_destroy_connection(state)
            throw error
        }
    }

    private func makeSocket(_ state: amqp_connection_state_t) throws -> OpaquePointer {
        guard let tls = options.tls else {
            guard let socket = amqp_tcp_socket_new(state) else {
                throw RabbitMQError(.connectFailed, "no memory for a socket")
            }
            return socket
        }
        guard let socket = amqp_ssl_socket_new(state) else {
            throw RabbitMQError(.connectFailed, "TLS is not available in librabbitmq")
        }
        guard amqp_ssl_socket_set_cacert(socket, tls.authorityFile) == AMQP_STATUS_OK.rawValue else {
            throw RabbitMQError(.invalidConfiguration, "cannot read the authorities in \(tls.authorityFile)")
        }
        if let certificate = tls.certificateFile {
            guard let key = tls.keyFile else {
                throw RabbitMQError(.invalidConfiguration, "the client certificate \(certificate) needs a key file")
            }
            guard amqp_ssl_socket_set_key(socket, certificate, key) == AMQP_STATUS_OK.rawValue else {
                throw RabbitMQError(.invalidConfiguration, "cannot use certificate \(certificate) with key \(key)")
            }
        }
        amqp_ssl_socket_set_verify_peer(socket, 1)
        amqp_ssl_socket_set_verify_hostname(socket, tls.verifiesHostName ? 1 : 0)
        _ = amqp_ssl_socket_set_ssl_versions(socket, AMQP_TLSv1_2, AMQP_TLSvLATEST)
        return socket
    }

    private func logIn(_ state: amqp_connection_state_t) throws {
        var arena = Arena()
        var properties = arena.table([
            "product": "Daybook", "connection_name": .string(options.name),
            "capabilities": .table([
                "publisher_confirms": .boolean(true), "basic.nack": .boolean(true),
                "consumer_cancel_notify": .boolean(true), "connection.blocked": .boolean(true),
                "authentication_failure_close": .boolean(true),
            ]),
        ])
        let heartbeat = Int32(options.heartbeatSeconds)
        let reply =
            options.tls?.authenticatesByCertificate == true
            ? crabbitmq_login_external(state, options.virtualHost, heartbeat, &properties, "certificate")
            : crabbitmq_login_plain(
                state, options.virtualHost, heartbeat, &properties, options.user, options.password)
        guard let error = RabbitMQError(reply) else { return }
        if error.replyCode == 403 || reply.library_error == AMQP_STATUS_CONNECTION_CLOSED.rawValue {
            throw RabbitMQError(
                .authenticationFailed, "\(options) refused the login of \(options.user): \(error.message)",
                replyCode: error.replyCode)
        }
        throw RabbitMQError(.connectFailed, "\(options): \(error.message)", replyCode: error.replyCode)
    }

    /// - Parameter cause: The system's error, which librabbitmq does not tell, where the connection was refused at once.
    private func connectFailed(_ status: Int32, _ cause: Int32) -> RabbitMQError {
        guard status == AMQP_STATUS_SOCKET_ERROR.rawValue else {
            return RabbitMQError(.connectFailed, "\(options): \(RabbitMQError(status: status).message)")
        }
        let reason = cause == 0 || cause == EINPROGRESS ? "" : " (\(String(cString: strerror(cause))))"
        return RabbitMQError(.connectFailed, "\(options): nobody can be reached there\(reason): does a broker listen?")
    }

    /// Lets the kernel give up on a peer that no longer acknowledges what was sent, before the watchdog has to.
    private func limitUnacknowledged(_ descriptor: Int32) {
        var milliseconds = UInt32(options.heartbeatSeconds * 2000)
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_USER_TIMEOUT, &milliseconds, 4)
    }
}

extension FieldValue: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
}
