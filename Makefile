# `make run` and `make test` do everything on a fresh Debian or Ubuntu machine that has Swift 6.1 or newer.

SWIFT ?= swift
BUILD = $(SWIFT) build -c release
CARBONCLIP = .build/release/carbonclip

.PHONY: run build test bench fuzz examples interop python docs threads format lint clean packages program install uninstall dist \
  installed

## Evaluates the shipped base model, then searches for smaller ones and accelerators for an always-on camera: about a
## quarter of an hour on two cores, the build included. Interrupted, it goes on when called again.
run: build
	$(CARBONCLIP) evaluate --pretrained checkpoints/base --data scenes:test --data scenes:classes
	$(CARBONCLIP) search recipes/quickstart.yaml --resume

build: packages
	$(BUILD) --product carbonclip

test: packages
	$(BUILD) --build-tests
	$(SWIFT) test -c release --skip-build

## Ours beside PyTorch, ONNX Runtime and OpenVINO, where PYTHON has them.
PYTHON ?= python3
bench: packages
	$(BUILD) --product Benchmarks
	.build/release/Benchmarks all --python $(PYTHON)

## A million changed files, about half an hour on one core: every reader must accept or refuse in one line. FUZZ="--seconds 60"
## is the short run that follows the tests; docs/fuzzing.md has the other options.
FUZZ ?= --cases 1000000
fuzz: packages
	$(BUILD) --product Fuzz
	.build/release/Fuzz $(FUZZ)

## A package of its own that uses the toolkit as a library (docs/library.md): built and run in a folder that is thrown away.
examples: packages
	$(BUILD) --package-path Examples
	@program="$$PWD/Examples/.build/release/Toolkit" base="$$PWD/checkpoints/base" folder="$$(mktemp -d)"; \
	  cd "$$folder" && "$$program" "$$base"; status=$$?; rm -rf "$$folder"; exit $$status

## Files that we write, read by open_clip and transformers, where PYTHON has them; else a line says that it was left out.
interop: build
	@PYTHON=$(PYTHON) scripts/interop

## The wheel of python/, in dist/, and its tests in a clean environment; without Python a line says that it was left out.
python: build
	@PYTHON=$(PYTHON) scripts/python $(CARBONCLIP) dist

## The pages as a site that opens from the disk, dist/docs/index.html. DOCS=--if-possible leaves it out where Python lacks what
## it takes.
docs:
	@PYTHON=$(PYTHON) scripts/docs $(DOCS) dist/docs

## The thread pool's and the trainer's tests under ThreadSanitizer, where that runs.
threads: packages
	@SWIFT=$(SWIFT) scripts/threads

## The program, checkpoints, recipes, manual pages and completions under PREFIX, for machines with or without Swift. DESTDIR goes
## before PREFIX, for packages.
PREFIX ?= /usr/local
PROGRAM = .build/release/carbonclip-static
install: program
	@PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) scripts/install-files install $(PROGRAM)

uninstall:
	@PREFIX=$(PREFIX) DESTDIR=$(DESTDIR) scripts/install-files uninstall

## A tarball and a Debian package in dist/.
dist: program
	@scripts/package $(PROGRAM) dist

program: build
	@SWIFT=$(SWIFT) scripts/link-static $(PROGRAM)

## Installs into an empty folder and runs the README's commands there, with the checkout out of sight.
installed: build
	@SWIFT=$(SWIFT) scripts/try-install $(PROGRAM)

packages:
	@scripts/install-packages

format:
	$(SWIFT) format --in-place --recursive Sources Tests Benchmarks Fuzz Package.swift

lint:
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks Fuzz Package.swift

clean:
	rm -rf .build dist
