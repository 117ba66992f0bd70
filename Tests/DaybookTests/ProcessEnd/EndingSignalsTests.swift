import Daybook
import Foundation
import TestSupport
import Testing

/// What a process does at its end.
private enum Ending {
    static func begin() { EndingSignals.report(as: "some-daemon", style: .plain) }

    static func trap(at version: Int64) {
        EndingSignals.noting(stream: "vase-a", version: version, type: "knocked") {
            preconditionFailure("this event cannot be")
        }
    }
}

@Suite(.timeLimit(.minutes(2))) struct `A process that a signal ends` {
    /// What an overflow of numbers, and a failed precondition, end a process with.
    #if arch(x86_64)
        private static let trap = (SIGILL, "4 (SIGILL)")
    #else
        private static let trap = (SIGTRAP, "5 (SIGTRAP)")
    #endif

    private func printed(_ result: ExitTest.Result?) -> String {
        String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    }

    @Test func `names the signal and what it was at, and ends with that signal`() async {
        let result = await #expect(
            processExitsWith: .signal(Self.trap.0), observing: [\.standardErrorContent]
        ) {
            Ending.begin()
            // What is over is not named.
            EndingSignals.noting(stream: "vase-b", version: 1) {}
            Ending.trap(at: 2)
        }
        let line = "some-daemon: ended by signal \(Self.trap.1) stream=vase-a type=knocked version=2\n"
        #expect(printed(result).contains(line), "\(printed(result))")
    }

    @Test func `names only the signal where nothing is noted`() async {
        let result = await #expect(processExitsWith: .signal(SIGABRT), observing: [\.standardErrorContent]) {
            Ending.begin()
            EndingSignals.noting(stream: "vase-b", version: 1) {}
            abort()
        }
        #expect(printed(result).contains("some-daemon: ended by signal 6 (SIGABRT)\n"), "\(printed(result))")
    }

    @Test func `names what it was at when the stack of its thread has overflowed`() async {
        let result = await #expect(processExitsWith: .signal(SIGSEGV), observing: [\.standardErrorContent]) {
            Ending.begin()
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                // Noting prepares a thread that nobody has prepared.
                Thread.detachNewThread {
                    let sum = EndingSignals.noting(stream: "vase-a", version: 2) { overflowStack() }
                    print(sum)
                    continuation.resume()
                }
            }
        }
        let line = "some-daemon: ended by signal 11 (SIGSEGV) stream=vase-a version=2\n"
        #expect(printed(result).contains(line), "\(printed(result))")
    }

    @Test func `says nothing when it is killed`() async {
        let result = await #expect(processExitsWith: .signal(SIGKILL), observing: [\.standardErrorContent]) {
            Ending.begin()
            EndingSignals.noting(stream: "vase-a", version: 2) { _ = kill(getpid(), SIGKILL) }
        }
        #expect(!printed(result).contains("ended by signal"))
    }

    @Test func `leaves the signal to whoever handled it before`() async {
        let result = await #expect(processExitsWith: .exitCode(3), observing: [\.standardErrorContent]) {
            for number in [SIGILL, SIGTRAP] { signal(number) { _ in _exit(3) } }
            Ending.begin()
            Ending.trap(at: 2)
        }
        #expect(printed(result).contains("stream=vase-a type=knocked version=2\n"), "\(printed(result))")
    }

    @Test func `says nothing where somebody else tells its end`() async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            Ending.begin()
            EndingSignals.reportNothing()
            Ending.trap(at: 2)
        }
        #expect(!printed(result).contains("ended by signal"))
    }

    @Test func `notes its end where an event is under way, and nowhere else`() async {
        await #expect(processExitsWith: .success) {
            let flags = [0, EndingSignals.underWay, EndingSignals.ended]
            let slots = UnsafeMutablePointer<UInt64>.allocate(capacity: flags.count)
            slots.initialize(from: flags, count: flags.count)
            for place in flags.indices { #expect(EndingSignals.watch(slots + place) != nil) }
            EndingSignals.noteEnd()
            #expect(flags.indices.map { slots[$0] } == [0, EndingSignals.ended, EndingSignals.ended])
        }
    }
}
