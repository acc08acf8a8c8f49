"""The stages of a rule, one module each: when, set, grid, group, count, shape, tier, price, choose, book.

Each has one pure function that the engine calls; what it cannot pay it leaves on the desk with the reason. A variant
of a stage is added in its module alone.
"""
