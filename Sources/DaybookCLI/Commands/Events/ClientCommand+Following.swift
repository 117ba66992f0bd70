import DaybookClient

extension ClientCommand {
    /// Does some work of a command that goes on until Ctrl-C. A writer that is away for a while, for a restart say,
    /// does not end it. The events so far came from that writer, so its address is right.
    ///
    /// - Throws: The error of `work`, unless it says that the writer is not available.
    func toleratingAbsence(_ work: () async throws -> Void) async throws {
        do {
            try await work()
        } catch let error as DaybookClientError where error.exitStatus == .unavailable {
            Terminal.complain(printable("\(error); trying again"))
        }
    }
}
