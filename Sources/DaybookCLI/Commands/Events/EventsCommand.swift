import ArgumentParser

/// `daybook events`
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Shows the events of all streams.", subcommands: [EventsTailCommand.self])
}

/// `daybook events tail`
struct EventsTailCommand: ClientCommand {
    static let configuration = CommandConfiguration(commandName: "tail", abstract: "Shows the latest events.")

    @OptionGroup var global: GlobalOptions

    @Option(help: ArgumentHelp("All events after this position.", valueName: "position"))
    var after: Int?

    @Option(help: ArgumentHelp("The last events, 10 unless --after is given.", valueName: "count"))
    var last: Int?

    @Flag(help: "Go on with events as they happen, until Ctrl-C.")
    var follow = false

    func validate() throws {
        guard after == nil || last == nil else { throw ValidationError("Give --after or --last, not both.") }
        guard after.map({ $0 >= 0 }) ?? true else { throw ValidationError("--after takes a position, 0 or more.") }
        guard last.map({ $0 >= 0 }) ?? true else { throw ValidationError("--last takes a number, 0 or more.") }
    }

    func run(_ daemons: Daemons, _ session: HTTPSession) async throws {
        var printer = EventPrinter(.everything, isJSON: global.json)
        let reader = EventReader(session: session, writer: daemons.writer)

        let start = if let after { after } else { max(0, try await reader.lastPosition() - (last ?? 10)) }
        var place = EventPlace(position: start)
        try await reader.events(after: place) { lines in
            try printer.print(lines)
            place = lines.last?.event.place ?? place
        }
        while follow {
            try await tolerating {
                try await reader.follow(after: place) { line in
                    try printer.print([line])
                    place = line.event.place
                }
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    /// A writer that is away for a while, for a restart say, does not end the tail. The events so far came from it, so
    /// its address is right.
    private func tolerating(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as ClientError where error.exitStatus == .unavailable {
            Terminal.complain("\(error); trying again")
        }
    }
}
