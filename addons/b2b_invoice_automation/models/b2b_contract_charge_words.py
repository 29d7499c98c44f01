"""A recurring charge in words: its indexation step by step, and what its invoice lines say."""

from odoo import models
from odoo.tools import format_date, formatLang


class B2bContractCharge(models.Model):
    _inherit = "b2b.contract.charge"

    def _b2b_indexation_text(self):
        """The agreed indexation in one line; empty without one."""
        self.ensure_one()
        if self.indexation == "none":
            return ""
        text = (
            self.env._("Price follows %s", self.index_id.name)
            if self.indexation == "index"
            else self.env._("Price changes by %s %%", f"{self.index_percent:g}")
        )
        if self.index_months == 12:
            text = self.env._("%s every year", text)
        else:
            text = self.env._("%(text)s every %(months)s months", text=text, months=self.index_months)
        if self.has_floor:
            text = self.env._("%(text)s, at least %(floor)s %%", text=text, floor=f"{self.index_floor:g}")
        if self.has_cap:
            text = self.env._("%(text)s, at most %(cap)s %%", text=text, cap=f"{self.index_cap:g}")
        return text

    def _b2b_step_text(self, step):
        """An indexation that happened, with its computation."""
        values = {
            "day": format_date(self.env, step.day),
            "before": self._b2b_price_in_words(step.before),
            "after": self._b2b_price_in_words(step.after),
            "asked": self._b2b_percent(step.asked),
            "applied": self._b2b_percent(step.applied),
        }
        if step.month:
            values.update(
                month=format_date(self.env, step.month, date_format="MMM y"),
                base=self._b2b_number(step.base),
                value=self._b2b_number(step.value),
            )
            if step.asked == step.applied:
                return self.env._(
                    "%(day)s: %(before)s × %(value)s (%(month)s) / %(base)s = %(applied)s %% → %(after)s", **values
                )
            return self.env._(
                "%(day)s: %(value)s (%(month)s) / %(base)s = %(asked)s %%, held to %(applied)s %%: "
                "%(before)s → %(after)s",
                **values,
            )
        return self.env._("%(day)s: %(before)s %(applied)s %% → %(after)s", **values)

    def _b2b_index_missing_text(self, month):
        return self.env._(
            "The index %(index)s has no value of %(month)s yet. Enter it, then the charge is billed.",
            index=self.index_id.name,
            month=format_date(self.env, month, date_format="MMMM y"),
        )

    def _b2b_line_name(self, line):
        """The text of an invoice line: what, which days, and how the amount came about."""
        part = line.part
        days = f"{format_date(self.env, part.days.start)} – {format_date(self.env, part.days.last_day)}"
        if part.taken:
            return "\n".join([self.env._("Credit: %s", self._b2b_title()), days])
        texts = [self._b2b_title(), days]
        if used := line.consumption:
            texts.append(
                self.env._(
                    "Meter %(meter)s: %(opening)s (%(first)s) – %(closing)s (%(last)s) = %(quantity)s %(unit)s",
                    meter=self.meter_id.name,
                    opening=self._b2b_number(used.opening.value),
                    first=format_date(self.env, used.opening.day),
                    closing=self._b2b_number(used.closing.value),
                    last=format_date(self.env, used.closing.day),
                    quantity=self._b2b_number(used.quantity),
                    unit=self.uom_id.name,
                )
            )
        elif part.days != part.whole.period:
            texts.append(
                self.env._(
                    "%(days)s of %(all)s days of %(price)s",
                    days=part.days.days,
                    all=part.whole.period.days,
                    price=self._b2b_whole_price(line),
                )
            )
        if line.steps and line.steps[-1].day in part.whole.period:
            texts.append(self._b2b_step_text(line.steps[-1]))
        return "\n".join(texts)

    def _b2b_whole_price(self, line):
        """Quantity × price of the whole period, as a prorated line names it."""
        if self.price_source == "rules":
            return self._b2b_price_text()
        price = self._b2b_price_in_words(line.steps[-1].after if line.steps else self.price_unit)
        return price if self.quantity == 1 else f"{self._b2b_number(self.quantity)} {self.uom_id.name} × {price}"

    def _b2b_price_in_words(self, price):
        amount = formatLang(self.env, float(price), digits=self._b2b_price_digits())
        symbol = self.currency_id.symbol or ""
        space = "\N{NO-BREAK SPACE}"
        return f"{symbol}{space}{amount}" if self.currency_id.position == "before" else f"{amount}{space}{symbol}"

    def _b2b_percent(self, percent):
        return f"{'+' if percent >= 0 else ''}{self._b2b_number(percent, 4)}"

    def _b2b_number(self, number, most=6):
        digits = len(f"{float(number):.{most}f}".rstrip("0").partition(".")[2])
        return formatLang(self.env, float(number), digits=digits)
