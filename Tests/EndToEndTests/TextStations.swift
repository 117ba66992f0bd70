import Daybook
import DaybookService
import Foundation
import Logging
import RabbitMQ
import Synchronization
import TestSupport
import Testing

/// What a station shows, by stream.
typealias ShownTexts = [String: String]

/// A value that was taken, and where it went.
struct KeptText {
    let sample: TextSample
    let id: String
    let bytes: String

    var stream: String { "\(sample.category)-\(id)" }
}

// MARK: - Looking

@discardableResult
func runDaybook(_ arguments: [String]) async throws -> String {
    try await shell(Deployment.program("daybook"), arguments)
}

/// Byte for byte: for Swift, texts are equal however they are composed.
func has(_ text: String, _ bytes: String) -> Bool {
    Data(text.utf8).range(of: Data(bytes.utf8)) != nil
}

func expect(_ kept: [KeptText], in shown: ShownTexts, at station: String) {
    for one in kept {
        let text = shown[one.stream] ?? "nothing"
        #expect(has(text, one.bytes), "\(one.sample) at \(station): \(text)")
    }
}

/// Lines of JSON by their stream, each with the texts that are members of it.
func shown(_ lines: String, by member: String = "stream") -> ShownTexts {
    var shown: ShownTexts = [:]
    for line in lines.utf8.split(separator: UInt8(ascii: "\n")) {
        guard case .object(let members) = JSONData(line), case .text(let stream)? = members[member] else { continue }
        let texts = members.values.map { if case .text(let text) = $0 { text } else { "" } }
        shown[stream, default: ""] += ([String(decoding: line, as: UTF8.self)] + texts).joined(separator: "\n")
    }
    return shown
}

extension JSONData {
    init?(_ line: Substring.UTF8View) {
        guard let value = try? Array(line).withUnsafeBytes({ try JSONData($0) }) else { return nil }
        self = value
    }
}

// MARK: - A writer of boxes, and a consumer

struct BoxWriter {
    let process: ChildProcess
    let port: Int
    let store: String

    init(_ deployment: Deployment) async throws {
        port = try freePorts(1)[0]
        store = deployment.folder.appending(path: "boxes.sqlite").path
        let environment = [
            "DAYBOOK_STORE_PATH": store, "DAYBOOK_HTTP_PORT": "\(port)", "DAYBOOK_SOURCE": "boxes",
            "DAYBOOK_BROKER_URL": deployment.brokerURL,
        ]
        process = try ChildProcess(
            Deployment.program("fragile-writer"), [], environment: environment,
            log: deployment.folder.appending(path: "boxes.log"))
        let (process, port) = (process, port)
        try await eventually("the writer of boxes answers: \(process.output.suffix(2000))") {
            try await deployment.get(.writer, "/health/live", port: port).status == 200
        }
    }
}

/// What a consumer is sent that has bound a queue of its own.
final class TextMessages: Sendable {
    private let connection: Connection
    private let collected = Mutex<(count: Int, shown: ShownTexts)>((0, [:]))

    init(_ url: String) async throws {
        connection = try await Connection.open(ConnectionOptions(url: url), logger: Logger(label: "test"))
        let channel = try await connection.openChannel()
        try await channel.declareExchange("daybook.events", kind: "topic")
        try await channel.declareQueue("texts", durable: false, exclusive: true)
        try await channel.bindQueue("texts", to: "daybook.events", routingKey: "#")
        let deliveries = Deliveries()
        try await channel.consume("texts", prefetch: 0, acknowledges: false, into: deliveries)
        Task { [self] in
            // It ends with the connection.
            while let chunk = try? await deliveries.next() { for delivery in chunk { add(delivery.message) } }
        }
    }

    var count: Int { collected.withLock { $0.count } }
    var shown: ShownTexts { collected.withLock { $0.shown } }

    func end() async { await connection.close() }

    private func add(_ message: Message) {
        let headers = message.headers.entries.compactMap(\.value.string)
        let texts = [String(decoding: message.body, as: UTF8.self)] + headers + headers.map(TextSample.literal)
        let stream = message.headers["cloudEvents:subject"]?.string ?? ""
        collected.withLock {
            $0.count += 1
            $0.shown[stream, default: ""] += texts.joined(separator: "\n")
        }
    }
}
