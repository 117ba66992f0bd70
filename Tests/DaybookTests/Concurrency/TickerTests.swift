import Daybook
import Testing

@Suite(.timeLimit(.minutes(1))) struct `A ticker` {
    @Test func `pauses before each element, the first one too unless it is to come at once`() async {
        for (startsAtOnce, pauses) in [(false, 3), (true, 2)] {
            let begin = ContinuousClock.now
            var elements = 0
            for await _ in Ticker(every: .milliseconds(20), startsAtOnce: startsAtOnce) {
                elements += 1
                if elements == 3 { break }
            }
            #expect(ContinuousClock.now - begin >= .milliseconds(20) * pauses)
        }
    }

    @Test(arguments: [false, true])
    func `ends with its task`(startsAtOnce: Bool) async {
        let elements = await withTaskGroup(of: Int.self) { tasks in
            tasks.addTask {
                var elements = 0
                for await _ in Ticker(every: .seconds(3600), startsAtOnce: startsAtOnce) { elements += 1 }
                return elements
            }
            tasks.cancelAll()
            return await tasks.next() ?? -1
        }
        #expect((0...1).contains(elements))
    }
}
