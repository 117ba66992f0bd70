import ArgumentParser

/// `daybook events`
struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Shows the events of all streams.",
        subcommands: [EventsTailCommand.self, EventsHeadCommand.self])
}
