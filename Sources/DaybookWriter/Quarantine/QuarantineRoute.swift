import Daybook
import DaybookSQLite
import DaybookService
import Hummingbird
import Metrics

/// `GET /v1/quarantine`: the streams and commands at which this version's code ends the process.
struct QuarantineRoute {
    let quarantine: Quarantine

    private struct Answer: Encodable {
        struct Entry: Encodable {
            var stream: String
            var command: String?
            var signal: Int32
            var since: Timestamp
        }

        var quarantined: [Entry]
    }

    func add(to router: Router<BasicRequestContext>) {
        let entries = quarantine.entries
        for (kind, count) in [
            ("stream", entries.count { $0.command == nil }), ("command", entries.count { $0.command != nil }),
        ] {
            Gauge(label: "daybook_quarantined", dimensions: [("kind", kind)]).record(count)
        }
        router.get("v1/quarantine") { _, _ in
            let answer = Answer(
                quarantined: entries.map {
                    .init(stream: $0.stream.description, command: $0.command, signal: $0.signal, since: $0.since)
                })
            return Response(
                status: .ok, headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(bytes: try JSON.encode(answer))))
        }
    }
}

extension Problem {
    /// A stream in quarantine may be served again by another version; a command is refused as often as it is sent.
    init(_ quarantined: Quarantined) {
        self.init(
            quarantined.command == nil ? .serviceUnavailable : .unprocessableContent,
            code: quarantined.command == nil ? "stream-quarantined" : "command-quarantined",
            detail: "\(quarantined): daybook streams quarantined, and update the program")
    }
}
