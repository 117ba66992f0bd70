import CoreMetrics
import DaybookService
import Testing

@Suite struct `The Prometheus registry` {
    private let registry = PrometheusRegistry()

    /// What is reported of the metric: its help, its type and its samples.
    private func lines(_ name: String) -> [String] {
        registry.render().split(separator: "\n").map(String.init).filter { line in
            line.hasPrefix(name) || line.hasPrefix("# TYPE \(name)") || line.hasPrefix("# HELP \(name)")
        }
    }

    @Test func `reports a counter with the suffix total`() {
        let counter = Counter(label: "posted", factory: registry)
        counter.increment(by: 3)
        counter.increment()
        #expect(lines("posted") == ["# TYPE posted_total counter", "posted_total 4"])
    }

    @Test func `adds the suffix total only where it is missing`() {
        Counter(label: "sent_total", factory: registry).increment()
        #expect(lines("sent") == ["# TYPE sent_total counter", "sent_total 1"])
    }

    @Test func `gives the same series to the same labels in whatever order`() {
        Counter(label: "c", dimensions: [("b", "2"), ("a", "1")], factory: registry).increment()
        Counter(label: "c", dimensions: [("a", "1"), ("b", "2")], factory: registry).increment()
        Counter(label: "c", dimensions: [("a", "2")], factory: registry).increment()
        #expect(lines("c_total") == ["# TYPE c_total counter", #"c_total{a="1",b="2"} 2"#, #"c_total{a="2"} 1"#])
    }

    @Test func `reports a gauge as it was set last`() {
        let meter = Meter(label: "lag", factory: registry)
        meter.set(5)
        meter.increment(by: 1.5)
        #expect(lines("lag") == ["# TYPE lag gauge", "lag 6.5"])
        Gauge(label: "depth", factory: registry).record(-2)
        #expect(lines("depth") == ["# TYPE depth gauge", "depth -2"])
    }

    @Test func `reports a timer as a histogram in seconds`() {
        let timer = CoreMetrics.Timer(label: "wait", factory: registry)
        timer.recordMilliseconds(2)
        timer.recordSeconds(20)
        let found = lines("wait")
        #expect(found.first == "# TYPE wait_seconds histogram")
        #expect(found.contains(#"wait_seconds_bucket{le="0.001"} 0"#))
        #expect(found.contains(#"wait_seconds_bucket{le="0.0025"} 1"#))
        #expect(found.contains(#"wait_seconds_bucket{le="10"} 1"#))
        #expect(
            found.suffix(3) == [
                #"wait_seconds_bucket{le="+Inf"} 2"#, "wait_seconds_sum 20.002", "wait_seconds_count 2",
            ])
    }

    @Test func `reports a recorder as a histogram by decades`() {
        let recorder = Recorder(label: "size", dimensions: [("kind", "x")], factory: registry)
        for value in [1.0, 5, 1e12, .nan] { recorder.record(value) }
        let found = lines("size")
        #expect(found.first == "# TYPE size histogram")
        #expect(found.contains(#"size_bucket{kind="x",le="1"} 1"#))
        #expect(found.contains(#"size_bucket{kind="x",le="10"} 2"#))
        #expect(found.contains(#"size_bucket{kind="x",le="+Inf"} 3"#))
        #expect(found.suffix(2) == [#"size_sum{kind="x"} 1000000000006"#, #"size_count{kind="x"} 3"#])
    }

    @Test func `keeps the values of labels within their quotes`() {
        let value = "a\"b\\c\nd\r\ne"
        Counter(label: "odd", dimensions: [("path", value)], factory: registry).increment()
        #expect(lines("odd").last == #"odd_total{path="a\"b\\c\nd\ne"} 1"#)
    }

    @Test func `makes names that Prometheus takes`() {
        Counter(label: "http.requests-in flight", dimensions: [("status-code", "1")], factory: registry).increment()
        Meter(label: "5th", factory: registry).set(1)
        #expect(lines("http").last == #"http_requests_in_flight_total{status_code="1"} 1"#)
        #expect(lines("_5th").last == "_5th 1")
    }

    @Test func `describes what it was told to describe, on one line`() {
        registry.describe("posted", "Events\nthat \\ were \"posted\".")
        Counter(label: "posted", factory: registry).increment()
        #expect(lines("posted").first == #"# HELP posted_total Events\nthat \\ were "posted"."#)
    }

    @Test func `does not mix kinds under one name`() {
        Meter(label: "both", factory: registry).set(7)
        Recorder(label: "both", factory: registry).record(1)
        #expect(lines("both") == ["# TYPE both gauge", "both 7"])
    }

    @Test func `forgets what is destroyed`() {
        let counter = Counter(label: "gone", factory: registry)
        counter.increment()
        counter.destroy()
        #expect(!lines("gone").contains("gone_total 1"))
    }

    #if os(Linux)
        @Test func `tells about the process`() {
            let text = registry.render()
            for name in ["process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds"] {
                #expect(text.contains("\n\(name) "), "\(name)")
            }
        }
    #endif
}
