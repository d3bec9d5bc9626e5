package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// printer tells what happens: with a line that moves on a terminal, in plain
// lines elsewhere.
type printer struct {
	out      io.Writer
	terminal bool
	moving   bool      // the last line is one of progress
	said     time.Time // when progress was printed, where lines do not move
	step     int
}

func newPrinter(out io.Writer) *printer {
	p := &printer{out: out}
	if f, ok := out.(*os.File); ok {
		if info, err := f.Stat(); err == nil {
			p.terminal = info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
		}
	}
	return p
}

// title begins the next step.
func (p *printer) title(format string, args ...any) {
	p.step++
	p.endProgress()
	text := fmt.Sprintf("%d. %s", p.step, fmt.Sprintf(format, args...))
	fmt.Fprintf(p.out, "\n%s\n", p.bold(text))
}

// say prints a line.
func (p *printer) say(format string, args ...any) {
	p.endProgress()
	fmt.Fprintf(p.out, "   %s\n", fmt.Sprintf(format, args...))
}

// progress replaces the last line of progress on a terminal; elsewhere it prints
// one every two seconds.
func (p *printer) progress(format string, args ...any) {
	text := "   " + fmt.Sprintf(format, args...)
	switch {
	case p.terminal:
		p.moving = true
		fmt.Fprintf(p.out, "\r\x1b[K%s", text)
	case time.Since(p.said) >= 2*time.Second:
		p.said = time.Now()
		fmt.Fprintln(p.out, text)
	}
}

// endProgress ends a line of progress.
func (p *printer) endProgress() {
	if p.moving {
		fmt.Fprintln(p.out)
		p.moving = false
	}
}

func (p *printer) bold(s string) string  { return p.style("1", s) }
func (p *printer) green(s string) string { return p.style("1;32", s) }
func (p *printer) red(s string) string   { return p.style("1;31", s) }

func (p *printer) style(code, s string) string {
	if !p.terminal {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// table prints rows below headings. Columns of numbers are right-aligned.
func (p *printer) table(rows [][]string) {
	p.endProgress()
	widths := make([]int, len(rows[0]))
	numbers := make([]bool, len(rows[0]))
	for i := range numbers {
		numbers[i] = len(rows) > 1
	}
	for n, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
			if n > 0 && !isNumber(cell) {
				numbers[i] = false
			}
		}
	}
	for n, row := range rows {
		var b strings.Builder
		for i, cell := range row {
			space := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if numbers[i] {
				b.WriteString(space + cell + "  ")
			} else {
				b.WriteString(cell + space + "  ")
			}
		}
		text := "   " + strings.TrimRight(b.String(), " ")
		if n == 0 {
			text = p.bold(text)
		}
		fmt.Fprintln(p.out, text)
	}
}

func isNumber(s string) bool {
	_, err := strconv.Atoi(strings.ReplaceAll(s, " ", ""))
	return err == nil
}

// number writes n with its thousands apart.
func number[N int | int64](n N) string {
	s := strconv.FormatInt(int64(n), 10)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + " " + s[i:]
	}
	return s
}
