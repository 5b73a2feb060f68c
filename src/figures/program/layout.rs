//! The coordinates of the parts of a figure, and the lanes beside its columns.

use super::places::{Place, Places};
use super::uses::Uses;
use crate::figures::lanes::Lanes;
use std::collections::{BTreeMap, BTreeSet};

/// Half the size of a use.
pub(super) const HALF_WIDTH: f64 = 17.0;
pub(super) const HALF_HEIGHT: f64 = 8.0;
/// The radius of a sum.
pub(super) const RADIUS: f64 = 5.0;
/// The height of the bars where paths begin and end.
pub(super) const BAR: f64 = 18.0;

/// The distance between two lanes.
const LANE: f64 = 10.0;
/// The distances from a use to the first lane beside it. Arriving lines need room for arrow heads.
const TO_LEAVING: f64 = 8.0;
const TO_ARRIVING: f64 = 14.0;
/// The margin beyond the last lane, or beyond the uses if there are no lanes.
const BESIDE: f64 = 7.0;
/// The width of the ellipsis for columns that are left out.
const ELLIPSIS: f64 = 36.0;

/// A line that several edges from one part share.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bus {
    /// The part that the edges come from.
    pub from: usize,
    /// The column that the edges lead to.
    pub column: usize,
    /// Whether the edges come from an earlier column, and so from the left.
    pub arriving: bool,
}

/// A column that is drawn.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Column {
    pub middle: f64,
    pub left: f64,
    pub right: f64,
}

/// The layout of a whole figure.
#[derive(Debug)]
pub(super) struct Layout<'a> {
    pub places: &'a Places,
    /// The columns that are drawn, by their indices.
    pub columns: BTreeMap<usize, Column>,
    /// The left and right ends of the ellipsis for columns that are left out.
    pub ellipsis: Option<(f64, f64)>,
    pub width: f64,
    pub top: f64,
    ys: Vec<f64>,
    lanes: BTreeMap<Bus, usize>,
    /// The positions of heights with parts, by column.
    occupied: Vec<BTreeSet<usize>>,
}

impl<'a> Layout<'a> {
    /// Lays out a figure.
    ///
    /// # Arguments
    ///
    /// * `first` - the number of columns drawn before the last one, or `None` for all
    /// * `least` - the smallest width of the figure
    pub(super) fn new(uses: &Uses, places: &'a Places, first: Option<usize>, least: f64) -> Self {
        let mut occupied = vec![BTreeSet::new(); places.columns];
        // Skip the source, which is below all columns.
        for place in &places.of[1..] {
            occupied[place.column].insert(places.position(place.height));
        }
        let mut layout = Self {
            places,
            columns: BTreeMap::new(),
            ellipsis: None,
            width: least,
            top: 0.0,
            ys: Vec::new(),
            lanes: BTreeMap::new(),
            occupied,
        };
        layout.place_heights();
        let counts = layout.take_lanes(uses);
        layout.place_columns(&counts, first);
        layout
    }

    fn place_heights(&mut self) {
        let mut y: f64 = 0.0;
        let mut before = 0;
        for (index, height) in self.places.heights.iter().enumerate() {
            y -= match (index, before, height.level) {
                (0, ..) => 0.0,
                (1, ..) => BAR / 2.0 + 10.0 + HALF_HEIGHT,
                (_, 0, 0) => 22.0,
                (_, 0, _) => 18.0,
                (_, _, 0) => 18.0,
                _ => 15.0,
            };
            before = height.level;
            self.ys.push(y);
        }
        self.top = y - BAR / 2.0 - 18.0;
        self.ys.push(self.top);
    }

    /// Returns the position of the bar where paths end.
    fn end(&self) -> usize {
        self.places.heights.len()
    }

    /// Gives a lane to every line that passes other parts, with short lines next to the uses.
    ///
    /// # Returns
    ///
    /// The numbers of lanes to the left and right of each column.
    fn take_lanes(&mut self, uses: &Uses) -> Vec<[usize; 2]> {
        let mut buses: BTreeMap<Bus, BTreeSet<usize>> = BTreeMap::new();
        let edges = uses.edges.keys().map(|&(from, to)| (from, Some(to)));
        for (from, to) in edges.chain(uses.ends.keys().map(|&from| (from, None))) {
            let (start, end) = self.ends_of(from, to);
            if let Some(bus) = self.bus(from, to) {
                buses.entry(bus).or_default().extend([start, end]);
            }
        }
        let mut order: Vec<(Bus, BTreeSet<usize>)> = buses.into_iter().collect();
        order.sort_by_key(|(bus, heights)| {
            (heights.last().copied().unwrap_or(0) - heights.first().copied().unwrap_or(0), *bus)
        });
        let mut lanes = vec![[Lanes::default(), Lanes::default()]; self.places.columns];
        for (bus, heights) in order {
            let side = &mut lanes[bus.column][usize::from(!bus.arriving)];
            self.lanes.insert(bus, side.take(heights.into_iter()));
        }
        lanes.iter().map(|sides| [sides[0].count(), sides[1].count()]).collect()
    }

    fn place_columns(&mut self, counts: &[[usize; 2]], first: Option<usize>) {
        let last = counts.len() - 1;
        let shown = |column: usize| first.is_none_or(|first| column < first || column == last);
        let reach = |lanes: usize, to_first: f64| {
            HALF_WIDTH + BESIDE + lanes.checked_sub(1).map_or(0.0, |more| to_first + more as f64 * LANE)
        };
        let mut x = 0.0;
        let mut hidden = false;
        for (column, &[arriving, leaving]) in counts.iter().enumerate() {
            if !shown(column) {
                if !hidden {
                    self.ellipsis = Some((x, x + ELLIPSIS));
                    x += ELLIPSIS;
                }
                hidden = true;
                continue;
            }
            let middle = x + reach(arriving, TO_ARRIVING);
            let right = middle + reach(leaving, TO_LEAVING);
            self.columns.insert(column, Column { middle, left: x, right });
            x = right;
        }
        if x < self.width {
            let by = (self.width - x) / 2.0;
            self.ellipsis = self.ellipsis.map(|(left, right)| (left + by, right + by));
            for column in self.columns.values_mut() {
                *column =
                    Column { middle: column.middle + by, left: column.left + by, right: column.right + by };
            }
        }
        self.width = x.max(self.width);
    }

    /// Returns the positions of both ends of an edge, or of the line from a part to the bar where paths end.
    pub(super) fn ends_of(&self, from: usize, to: Option<usize>) -> (usize, usize) {
        let position = |part: usize| self.places.position(self.places.of[part].height);
        (position(from), to.map_or(self.end(), position))
    }

    /// Returns the line beside a column that an edge takes, or `None` if the edge goes straight up.
    pub(super) fn bus(&self, from: usize, to: Option<usize>) -> Option<Bus> {
        let source = self.places.of[from];
        let column = to.map_or(source.column, |to| self.places.of[to].column);
        let (start, end) = self.ends_of(from, to);
        // Paths begin below every column.
        let arriving = from != 0 && source.column != column;
        let passes = start < end && self.occupied[column].range(start + 1..end).next().is_some();
        (arriving || passes).then_some(Bus { from, column, arriving })
    }

    /// Returns the x coordinate of the line of a bus, if its column is drawn.
    pub(super) fn lane(&self, bus: Bus) -> Option<f64> {
        let (column, lane) = (self.columns.get(&bus.column)?, *self.lanes.get(&bus)? as f64);
        Some(if bus.arriving {
            column.middle - HALF_WIDTH - TO_ARRIVING - lane * LANE
        } else {
            column.middle + HALF_WIDTH + TO_LEAVING + lane * LANE
        })
    }

    /// Returns the y coordinate of a position.
    pub(super) fn y(&self, position: usize) -> f64 {
        self.ys[position]
    }

    /// Returns the centre of a part, if its column is drawn.
    pub(super) fn centre(&self, place: Place) -> Option<(f64, f64)> {
        Some((self.columns.get(&place.column)?.middle, self.y(self.places.position(place.height))))
    }
}
