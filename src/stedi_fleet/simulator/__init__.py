"""A fleet of simulated customers: landing files as devices would send them, and the truth beside."""

from stedi_fleet.simulator.fleet import START_MS, Fleet, simulate

__all__ = ["START_MS", "Fleet", "simulate"]
