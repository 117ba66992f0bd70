import Daybook
import DaybookAPI
import DaybookClient

/// Prints events: as the lines they came in, or as a table.
struct EventPrinter {
    /// What the table shows.
    enum Layout {
        /// The events of one stream.
        case stream
        /// The events of one stream, with the state after each.
        case states
        /// Events of all streams.
        case everything
    }

    private let isJSON: Bool
    private let layout: Layout
    private var table: Table

    init(_ layout: Layout, isJSON: Bool) {
        self.isJSON = isJSON
        self.layout = layout
        let version = Table.Column(title: "VERSION", isNumber: true)
        let place: [Table.Column] =
            switch layout {
            case .stream, .states: [version]
            case .everything: [.init(title: "POSITION", isNumber: true), .init(title: "STREAM"), version]
            }
        table = Table(place + ["TYPE", "RECORDED AT", layout == .states ? "STATE" : "DATA"].map { .init(title: $0) })
    }

    /// Prints the events.
    ///
    /// - Throws: `OutputError`.
    mutating func print(_ events: [Received<EventResponse>]) throws {
        if isJSON {
            for event in events { try Terminal.print(event.text) }
        } else {
            try table.print(events.map { row($0.document) })
        }
    }

    private func row(_ event: EventResponse) -> [String] {
        let version = event.version.description
        let place =
            switch layout {
            case .stream, .states: [version]
            case .everything: [event.position.description, event.stream, version]
            }
        return place + [event.type, event.recordedAt.description, (event.state ?? event.data).line]
    }
}
