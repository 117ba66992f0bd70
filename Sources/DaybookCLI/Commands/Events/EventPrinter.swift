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
    mutating func print(_ lines: [EventLine]) throws {
        if isJSON {
            for line in lines { try Terminal.print(line.text) }
        } else {
            try table.print(lines.map { row($0.event) })
        }
    }

    private func row(_ event: Event) -> [String] {
        let version = String(event.version)
        let place =
            switch layout {
            case .stream, .states: [version]
            case .everything: [String(event.position), event.stream, version]
            }
        return place + [event.type, event.recordedAt, (event.state ?? event.data).text()]
    }
}
