import Logging
import RabbitMQ
import TestSupport
import Testing

@Suite struct `A broker URL` {
    @Test func `has the usual defaults`() throws {
        let options = try ConnectionOptions(url: "amqp://broker")
        #expect(options.host == "broker" && options.port == 5672 && options.virtualHost == "/")
        #expect(options.user == "guest" && options.password == "guest" && options.tls == nil)
    }

    @Test func `may have a percent-encoded user, password and virtual host`() throws {
        let options = try ConnectionOptions(url: "amqp://us%40er:p%3A%2F%40ss@10.0.0.1:5673/%2Forders%20eu")
        #expect(options.user == "us@er" && options.password == "p:/@ss")
        #expect(options.host == "10.0.0.1" && options.port == 5673 && options.virtualHost == "/orders eu")
    }

    @Test(arguments: [
        ("amqp://host/", "/"), ("amqp://host/%2F", "/"), ("amqp://host/%2f", "/"), ("amqp://host/orders", "orders"),
    ])
    func `names the virtual host by its path`(url: String, expected: String) throws {
        #expect(try ConnectionOptions(url: url).virtualHost == expected)
    }

    @Test func `may name an IPv6 host`() throws {
        let options = try ConnectionOptions(url: "amqp://[::1]:5673/")
        #expect(options.host == "::1" && options.port == 5673)
    }

    @Test func `carries TLS files as options`() throws {
        let url = "amqps://h/?cacertfile=%2Fca.pem&certfile=c.pem&keyfile=k.pem&heartbeat=5"
        let options = try ConnectionOptions(url: url)
        #expect(options.port == 5671 && options.heartbeatSeconds == 5)
        #expect(options.tls?.authorityFile == "/ca.pem" && options.tls?.certificateFile == "c.pem")
        #expect(options.tls?.verifiesHostName == true)
    }

    @Test(arguments: [
        "http://host", "amqp://host:0/", "amqp://host:70000", "amqp://u:%zz@host", "amqps://host", "amqp://h/?x=1",
        "amqp://h/?heartbeat=0", "",
    ])
    func `that is wrong is refused without being repeated`(url: String) {
        let error = #expect(throws: RabbitMQError.self) { try ConnectionOptions(url: url) }
        #expect(error?.code == .invalidConfiguration)
        #expect(url.isEmpty || !"\(String(describing: error))".contains(url))
    }

    @Test func `never shows its password`() throws {
        let options = try ConnectionOptions(url: "amqp://ada:geheim@host/vh")
        #expect("\(options)" == "amqp://ada@host:5672/vh")
    }
}

@Suite struct `A broker that is not there` {
    @Test func `is named with its address and a question`() async throws {
        // Nobody listens on a port that was free a moment ago.
        let port = try #require(try freePorts(1).first)
        let error = await #expect(throws: RabbitMQError.self) {
            _ = try await Connection.open(ConnectionOptions(port: port), logger: Logger(label: "test"))
        }
        #expect(error?.code == .connectFailed)
        #expect(error?.message.contains(":\(port)") == true && error?.message.contains("does a broker listen?") == true)
    }

    @Test func `is named with the system's reason, where the system gives one at once`() async throws {
        // No connection is made to a broadcast address.
        let error = await #expect(throws: RabbitMQError.self) {
            _ = try await Connection.open(ConnectionOptions(host: "255.255.255.255"), logger: Logger(label: "test"))
        }
        #expect(error?.code == .connectFailed)
        #expect(error?.message.contains("(Network is unreachable): does a broker listen?") == true)
    }

    @Test func `is waited for in whole milliseconds`() {
        var backoff = Backoff()
        for _ in 0..<20 { #expect(backoff.next().components.attoseconds % 1_000_000_000_000_000 == 0) }
    }
}
