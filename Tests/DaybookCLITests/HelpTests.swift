import ArgumentParser
import Testing

@testable import DaybookCLI

@Suite struct `The help of the tool` {
    /// Here it is called by the name of the tests' program.
    @Test func `names the tool as it is called, and no other`() {
        for command in ToolCommands.all() {
            let help = DaybookCommand.helpMessage(for: command)
            #expect(help.contains(Tool.name) && help.firstMatch(of: #/\bdaybook\b/#) == nil, "\(command)")
        }
    }
}
