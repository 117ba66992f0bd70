import Daybook
import DaybookAPI
import DaybookService
import Hummingbird
import Metrics

/// The streams and commands at which this version's code ends the process.
struct QuarantineRoute {
    let quarantine: Quarantine

    func add(to router: Router<BasicRequestContext>) {
        let entries = quarantine.entries
        for (kind, count) in [
            ("stream", entries.count { $0.command == nil }), ("command", entries.count { $0.command != nil }),
        ] {
            Gauge(label: "daybook_quarantined", dimensions: [("kind", kind)]).record(count)
        }
        router.serve(WriterAPI.quarantine) { _, _ in
            let quarantined = entries.map { entry in
                QuarantineEntry(
                    stream: entry.stream.description, command: entry.command, signal: entry.signal, since: entry.since)
            }
            return try Response.document(QuarantineResponse(quarantined: quarantined))
        }
    }
}

extension Problem {
    /// A stream in quarantine may be served again by another version; a command is refused as often as it is sent.
    init(_ quarantined: Quarantined) {
        self.init(
            code: quarantined.command == nil ? .streamQuarantined : .commandQuarantined,
            detail: "\(quarantined): daybook streams quarantined, and update the program")
    }
}
