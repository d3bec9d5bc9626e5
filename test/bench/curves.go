package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"github.com/eventcontracts/eventcontracts/test/bench/report"
	"github.com/eventcontracts/eventcontracts/test/bench/scale"
	"github.com/eventcontracts/eventcontracts/test/measure"
)

// curve is what an event costs while one thing grows, and everything else stays as it is.
type curve struct {
	name   string
	title  string
	x      string
	linear bool // cost may grow as fast
	raw    bool // the raw client publishes beside it
	points []float64
	at     func(x float64) point
}

// point is a set-up in which an event's cost is measured.
type point struct {
	types      []string
	lines      int // of type Lines
	keys       int
	headers    int
	partitions int
	records    int
}

const (
	curveRecords = 100_000
	curveBytes   = 100 << 20 // of the payloads of one measurement, at the most
	curveKeys    = 1000
	curveLeast   = 20_000 // in a short run, too: less is over before the clock starts
)

// plain is where each curve starts from.
func plain() point {
	return point{types: []string{scale.EventName(0)}, keys: curveKeys, partitions: measure.Partitions, records: curveRecords}
}

func curves() []curve {
	grow := func(change func(p *point, x int)) func(float64) point {
		return func(x float64) point {
			p := plain()
			change(&p, int(x))
			return p
		}
	}
	var fields []float64
	for _, n := range scale.FieldCounts {
		fields = append(fields, float64(n))
	}
	return []curve{
		{name: "cost/payload", title: "Payload", x: "KB, in strings of 100 B", linear: true, points: []float64{0.2, 1, 10, 30, 100}, at: func(x float64) point {
			p := plain()
			p.types, p.lines = []string{scale.LinesName}, int(x*1000/scale.LineSize)
			p.records = min(p.records, int(curveBytes/(x*1000+300)))
			return p
		}},
		{name: "cost/fields", title: "Fields, each with a rule", x: "fields", linear: true, points: fields, at: grow(func(p *point, x int) { p.types = []string{scale.FieldsName(x)} })},
		{name: "cost/headers", title: "Headers", x: "headers", linear: true, points: []float64{0, 5, 10, 20}, at: grow(func(p *point, x int) { p.headers = x })},
		{name: "cost/handlers", title: "Handlers of a consumer, types of a producer", x: "event types", points: []float64{1, 10, 50, 200}, at: grow(func(p *point, x int) {
			p.types = nil
			for n := range x {
				p.types = append(p.types, scale.EventName(n))
			}
		})},
		{name: "cost/keys", title: "Keys", x: "keys that take turns", points: []float64{1, 100, 10_000, 100_000}, at: grow(func(p *point, x int) { p.keys = x })},
		{name: "cost/partitions", title: "Partitions", x: "partitions", raw: true, points: []float64{3, 30, 100, 300}, at: grow(func(p *point, x int) { p.partitions = x })},
	}
}

// measureCurves measures the curves that are asked for, all points in turns, and prints them.
func (b *bench) measureCurves(chosen []curve, repo scale.Repo, run *report.Run) error {
	for _, c := range chosen {
		measured := report.Curve{Name: c.title, X: c.x, Linear: c.linear, Lines: []report.Line{{Name: "publish"}, {Name: "consume"}}}
		if c.raw {
			measured.Lines = append(measured.Lines, report.Line{Name: "raw publish"})
		}
		for i := range measured.Lines {
			for _, x := range c.points {
				measured.Lines[i].Points = append(measured.Lines[i].Points, report.Point{X: x})
			}
		}
		for range b.options.rounds {
			for i, x := range c.points {
				costs, err := b.cost(repo, c.at(x), c.raw)
				if err != nil {
					return fmt.Errorf("%s at %v: %w", c.name, x, err)
				}
				for l, cost := range costs {
					p := &measured.Lines[l].Points[i]
					p.Samples = append(p.Samples, cost)
				}
			}
		}
		fmt.Print(measured.Text())
		run.Curves = append(run.Curves, measured)
	}
	return nil
}

// cost publishes and handles events on a broker of their own, and lets the raw client publish
// behind that, if that is asked for. All are microseconds of CPU time an event.
func (b *bench) cost(repo scale.Repo, p point, raw bool) (costs []float64, err error) {
	records := max(int(float64(p.records)*b.options.scale), min(p.records, curveLeast))
	publish := scale.Task{Role: scale.RolePublish, Group: consumerGroup(0), Types: p.types, Lines: p.lines, Keys: p.keys, Headers: p.headers, Warm: records / 5, Records: records}
	on, err := b.scaleServer(repo, publish, p.partitions)
	if err != nil {
		return nil, err
	}
	defer func() {
		if closeErr := on.close(); err == nil {
			err = closeErr
		}
	}()
	publish.Addr = on.addr
	consume := publish
	consume.Role = scale.RoleConsume
	consume.Records /= 2 // the log never runs dry, even if the clock starts late
	for _, t := range []scale.Task{publish, consume} {
		var r measure.Result
		if err := doScale(repo, t, &r); err != nil {
			return nil, err
		}
		asked := measure.Task{Addr: on.addr, Topic: scale.Topic, Group: t.Group, Warm: t.Warm, Records: t.Records, Series: measure.Series{Consume: t.Role == scale.RoleConsume}}
		if err := checkOutcome(asked, r); err != nil {
			return nil, err
		}
		costs = append(costs, r.CPUMicros)
	}
	if raw {
		var r measure.Result
		t := measure.Task{Role: roleMeasure, Addr: on.addr, Topic: scale.Topic, Corpus: b.corpus(""), Series: rawSeries(false), Warm: publish.Warm, Records: publish.Records}
		if err := do(t, &r); err != nil {
			return nil, err
		}
		costs = append(costs, r.CPUMicros)
	}
	return costs, nil
}

// scaleServer is a broker with the topics that the program needs.
func (b *bench) scaleServer(repo scale.Repo, t scale.Task, partitions int) (*server, error) {
	t.Role = scale.RoleTopics
	var names []string
	if err := doScale(repo, t, &names); err != nil {
		return nil, err
	}
	topics := map[string]int{scale.Topic: partitions}
	for _, name := range names {
		topics[name] = measure.Partitions
	}
	return startServer(b.options.kafka, topics)
}

// doScale runs the program to its end and reads its answer.
func doScale(repo scale.Repo, t scale.Task, answer any) error {
	cmd, err := scaleCommand(repo, t)
	if err != nil {
		return err
	}
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", t.Role, err)
	}
	if err := json.Unmarshal(out, answer); err != nil {
		return fmt.Errorf("%s: read the answer %.200q: %w", t.Role, out, err)
	}
	return nil
}

func scaleCommand(repo scale.Repo, t scale.Task) (*exec.Cmd, error) {
	text, err := json.Marshal(t)
	if err != nil {
		return nil, fmt.Errorf("write the task: %w", err)
	}
	cmd := exec.Command(repo.Program)
	cmd.Env = append(os.Environ(), scale.Variable+"="+string(text))
	cmd.Stderr = os.Stderr
	return cmd, nil
}
